# SPDX-License-Identifier: Apache-2.0
"""Hostile input: times on every edge, and lines in every shape a producer gets wrong."""

import copy
import json
from datetime import timedelta

from common import BYTE_ORDER_MARK, DAY, EPOCH, HOUR, MINUTE, SECOND, floor_to

TEXTS = ["", "a", "é", "日本", "😀", "𝒳y", 'quote"', "back\\slash", "tab\t", "line\nbreak", "nul\u0000",
         "\u2028", "/", "ÿ"]


class Times:
    """Event times that mostly advance, and else sit on an edge of the bound, of a window, or far away."""

    def __init__(self, rng, start, bound, size, lateness=0):
        self.rng, self.now, self.bound, self.size, self.lateness = rng, start, bound, size, lateness
        self.planned = []

    def __call__(self):
        rng = self.rng
        if self.planned:
            time = self.planned.pop(0)
        else:
            time = self.move(rng.random())
        self.now = max(self.now, time)
        return time

    def move(self, dice):
        rng, now, bound = self.rng, self.now, self.bound
        if dice < 0.55:
            return now + rng.randrange(0, 4 * SECOND)
        if dice < 0.60:
            return now
        if dice < 0.72:
            return now - rng.randint(0, bound)
        if dice < 0.78:
            return now - bound + rng.choice([-1, 0, 1])
        if dice < 0.84:  # the watermark meets the end of a window, give or take a millisecond, then one for that window
            end = floor_to(now, self.size) + self.size
            self.planned = [end - 1 - rng.choice([0, 0, 1, self.size - 1])]
            return end + self.lateness + bound + rng.choice([-1, 0, 1])
        if dice < 0.90:
            return floor_to(now, self.size) + rng.choice([-1, 0, 1, self.size - 1, self.size])
        if dice < 0.95:
            return now - rng.randrange(0, 3 * self.size + 2 * self.lateness)
        if dice < 0.97:
            return now + rng.randrange(0, 20 * MINUTE)
        if dice < 0.985:
            return now - rng.choice([HOUR, DAY, 3 * DAY])
        return now + rng.choice([HOUR, 6 * HOUR, DAY, 2 * DAY])


def start_time(rng):
    return rng.choice([0, -3 * HOUR, -5 * DAY - 1, 1_761_127_200_000, 1_761_127_200_000 + 59_999, 951_782_399_000])


def iso(rng, milliseconds):
    """One of the forms a timestamp may have."""
    form = rng.randrange(8)
    if form == 0:
        return milliseconds
    zone, offset = rng.choice([("", 0), ("", 0), ("Z", 0), ("+00:00", 0), ("+05:30", 330), ("-08:00", -480),
                               ("+14:00", 840), ("-00:30", -30)])
    whole, fraction = divmod(milliseconds + offset * MINUTE, SECOND)
    text = (EPOCH + timedelta(seconds=whole)).strftime("%Y-%m-%dT%H:%M:%S").rjust(19, "0")
    if form == 1:
        text = text.replace("T", " ")
    digits = f"{fraction:03d}" + rng.choice(["", "", "9", "456", "999999", "0" * 20 + "1", "9" * 40])
    if fraction == 0 and rng.random() < 0.5:
        return (text.removesuffix(":00") if text.endswith(":00") and form == 2 else text) + zone
    if rng.random() < 0.3 and len(digits) == 3:
        digits = digits.rstrip("0") or "0"
    return f"{text}.{digits}{zone}"


# Shapes of valid lines ----------------------------------------------------------------------------------------------

def quoted(rng, text):
    """A JSON string, some of its characters escaped that need not be."""
    if rng.random() < 0.8:
        return json.dumps(text, ensure_ascii=rng.random() < 0.5)
    pieces = []
    for character in text:
        if rng.random() < 0.5:
            units = character.encode("utf-16-be")
            for i in range(0, len(units), 2):
                pieces.append(f"\\u{int.from_bytes(units[i:i + 2], 'big'):04{rng.choice('xX')}}")
        else:
            pieces.append(json.dumps(character, ensure_ascii=False)[1:-1].replace("/", rng.choice(["/", "\\/"])))
    return '"' + "".join(pieces) + '"'


def unknown(rng):
    """The value of a field nobody asked for."""
    return rng.choice(["null", "true", "1e400", "-0", "[]", "{}", '{"a":[{"b":[null,"]}"]}]}', "[" * 60 + "]" * 60,
                       '"\\ud83d\\ude00"', "123456789012345678901234567890", '"' + "x" * 300 + '"'])


def other(value):
    """Another value of the same shape."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, (int, float)):
        return value + 1
    if isinstance(value, list):
        return value + [other(inner) for inner in value]
    if isinstance(value, dict):
        return {name: other(inner) for name, inner in value.items()}
    return value  # a text may be a time


def render(rng, value, top=False):
    if isinstance(value, dict):
        fields = [(name, render(rng, inner)) for name, inner in value.items()]
        if rng.random() < 0.2:
            rng.shuffle(fields)
        if rng.random() < 0.1:
            fields.insert(rng.randint(0, len(fields)), (rng.choice(["", "x", "Event_id", "ts2", "é"]), unknown(rng)))
        if rng.random() < 0.03 and value:  # a name that comes twice counts the last time
            name = rng.choice(list(value))
            fields.insert(0, (name, render(rng, other(value[name]))))
        space = rng.choice(["", "", "", " ", "\t", "  \r "])
        inside = ("," + space).join(f"{json.dumps(name)}{space}:{space}{inner}" for name, inner in fields)
        return "{" + space + inside + space + "}" + (rng.choice(["", " ", "\t"]) if top else "")
    if isinstance(value, list):
        return "[" + ",".join(render(rng, inner) for inner in value) + "]"
    if isinstance(value, str):
        return quoted(rng, value)
    if isinstance(value, float) and rng.random() < 0.1:
        return f"{value:.17e}"
    return json.dumps(value)


# Shapes of broken lines ---------------------------------------------------------------------------------------------

def places(value, schema, path=()):
    """The paths of the fields that the schema knows."""
    if isinstance(schema, dict) and isinstance(value, dict):
        for name, inner in schema.items():
            if name in value:
                yield path + (name,), inner
                yield from places(value[name], inner, path + (name,))
    elif isinstance(schema, list) and isinstance(value, list):
        for index, element in enumerate(value):
            yield from places(element, schema[0], path + (index,))


WRONG = [None, True, "12", "abc", 1.5, 1.0, -0.5, 1e3, 7, 2**62, -2**62, 2**63, -2**63 - 1, 10**30, [], {}, [1],
         {"a": 1}, "", "yes", "2025-13-01T00:00:00", "2025-02-29T00:00:00Z",
         "2025-10-22T24:00:01", "2025-10-22T10:00:00+5", "22.10.2025",
         "2025-10-22T10:00:00.", "2025-10-22T10:00:00 Z", " 2025-10-22T10:00:00", "10:00:00", "2025-10-22T10:60:00"]


def broken(rng, value, schema):
    """A line that is wrong in one way, mostly: the reader has the last word."""
    value = copy.deepcopy(value)
    known = list(places(value, schema))
    times = [place for place in known if place[1] in ("E", "E?", "T")]
    path, kind = rng.choice(times if times and rng.random() < 0.25 else known)
    holder = value
    for step in path[:-1]:
        holder = holder[step]
    way = rng.randrange(8)
    if way == 0:
        del holder[path[-1]]
    elif way <= 3:
        near = {"E": "2025-10-22T10:00:00Z", "T": "2025-10-22"}.get(kind[0] if isinstance(kind, str) else None)
        holder[path[-1]] = near if near and rng.random() < 0.3 else rng.choice(WRONG)
    elif way == 4:
        mark = "\ue000"
        holder[path[-1]] = mark
        wrong = rng.choice([b"NaN", b"Infinity", b"-Infinity", b"tru", b"nul", b"01", b"1.", b".5", b"+1", b"0x1", b"",
                            b'"\xff"', b'"\xc3"', b'"\xed\xa0\x80"', b'"\x01"', b'"\\x"', b'"\\u12g4"', b"'a'", b'"abc',
                            b"[1,]", b"[1 2]", b"{1:2}", b'{"a" 1}', b"1 2", b"]", b"1e400", b"--1", b"1e", b"/**/1", b"1e3", b"-0",
                            b'"' + b"x" * 9000 + b"\\q"])
        if rng.random() < 0.4:  # in a field nobody asked for
            holder.pop(path[-1])
            return render_known(value).encode()[:-1] + b',"unknown":' + wrong + b"}"
        return render_known(value).encode().replace(render_known(mark).encode(), wrong)
    elif way == 5:
        line = render_known(value).encode()
        return line[:rng.randrange(1, len(line))]
    elif way == 6:
        line = render_known(value).encode()
        return rng.choice([line + b" x", line + line, line + b",", b"[" + line + b"]", b"," + line, line[:-1] + b",}",
                           b"{" + line, line + b"}", line.replace(b'":', b'"', 1), line.replace(b",", b"", 1),
                           line.replace(b'"', b"'")])
    else:
        return rng.choice([b"not json", b"[1,2]", b'"text"', b"null", b"42", b"{}", b"{", b"}", b"[", b"\xff\xfe",
                           b"true", b"\x00", b"{]", b'{"":}', b"[" * 3000, "é".encode() * 9000, "\u00a0".encode()])
    return render_known(value).encode()


def render_known(value):
    return json.dumps(value, ensure_ascii=False)


def stream(rng, schema, events, broken_share=0.06):
    """The bytes of a JSON Lines file of these events, some lines broken, some blank."""
    lines = []
    for event in events:
        if rng.random() < broken_share:
            lines.append(broken(rng, event, schema).replace(b"\n", b" "))
            if rng.random() < 0.5:
                continue
        if rng.random() < 0.03:
            lines.append(rng.choice([b"", b" ", b"\t \r", b"\r"]))
        lines.append(render(rng, event, top=True).encode("utf-8"))
    if lines and rng.random() < 0.1:  # longer than what is read at once
        lines.insert(rng.randrange(len(lines)), b'{"far":"' + b"z" * 300_000 + rng.choice([b'"}', b"}"]))
    end = b"\r\n" if rng.random() < 0.2 else b"\n"
    content = (BYTE_ORDER_MARK if rng.random() < 0.1 else b"") + end.join(lines)
    return content if rng.random() < 0.3 else content + end
