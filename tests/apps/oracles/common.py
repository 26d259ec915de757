# SPDX-License-Identifier: Apache-2.0
"""What the oracles share: reading JSON Lines against a schema, event time, and comparing rows.

An oracle recomputes every table of an application from the whole list of its events, in the plainest way there is. It
shares no code with the library and is written from the description of the pipelines, not from the programs.
"""

import collections
import json
import math
import re
import sys
from datetime import datetime, timedelta, timezone

sys.set_int_max_str_digits(0)

SECOND, MINUTE, HOUR, DAY = 1000, 60_000, 3_600_000, 86_400_000
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


class Malformed(Exception):
    """A line that is not an event: it goes to the dead letters."""


# Reading ------------------------------------------------------------------------------------------------------------

TIMESTAMP = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d+))?)?(?:Z|([+-])(\d\d):(\d\d))?", re.ASCII)


BYTE_ORDER_MARK = b"\xef\xbb\xbf"  # which a file may begin with
EVENT_TIMES = range(-2**60, 2**60 + 1)  # the library's limit: 36 million years around 1970


def epoch(value):
    if type(value) is not int or value not in EVENT_TIMES:
        raise Malformed(f"no time in epoch milliseconds: {value!r:.40}")
    return value


def timestamp(value):
    """Epoch milliseconds of an integer or an ISO-8601 text; finer digits are floored."""
    if type(value) is int:
        return epoch(value)
    match = TIMESTAMP.fullmatch(value) if isinstance(value, str) else None
    if not match:
        raise Malformed(f"no timestamp: {value!r}")
    year, month, day, hour, minute, second, fraction, sign, zone_hour, zone_minute = match.groups()
    try:
        whole = datetime(int(year), int(month), int(day), int(hour), int(minute), int(second or 0), tzinfo=timezone.utc)
    except ValueError as error:
        raise Malformed(str(error)) from None
    milliseconds = (whole - EPOCH) // timedelta(milliseconds=1) + int(((fraction or "") + "000")[:3])
    if sign:
        offset = int(zone_hour) * HOUR + int(zone_minute) * MINUTE
        milliseconds += offset if sign == "-" else -offset
    return milliseconds


def integer(value):
    if type(value) is not int or not -2**63 <= value < 2**63:
        raise Malformed(f"no 64-bit integer: {value!r:.40}")
    return value


def double(value):
    """An integer is accepted for a double, and nothing that is not finite."""
    if type(value) not in (int, float):
        raise Malformed(f"no number: {value!r:.40}")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise Malformed("beyond a double")
    return number


def string(value):
    if not isinstance(value, str):
        raise Malformed(f"no text: {value!r:.40}")
    return value


def boolean(value):
    if not isinstance(value, bool):
        raise Malformed(f"no boolean: {value!r:.40}")
    return value


READERS = {"S": string, "L": integer, "D": double, "T": timestamp, "E": epoch, "B": boolean}


def read_value(schema, value):
    """`schema` is a letter of READERS (E is an L that is a time), with "?" behind it where null and absence are fine;
    or a dict of fields; or [element]."""
    if isinstance(schema, str):
        if schema.endswith("?") and value is None:
            return None
        return READERS[schema[0]](value)
    if isinstance(schema, list):
        if not isinstance(value, list):
            raise Malformed("no list")
        return [read_value(schema[0], element) for element in value]
    if not isinstance(value, dict):
        raise Malformed("no object")
    fields = {}
    for name, kind in schema.items():
        if name not in value and not (isinstance(kind, str) and kind.endswith("?")):
            raise Malformed(f"no {name}")
        fields[name] = read_value(kind, value.get(name))
    return fields


def no_constant(text):
    raise Malformed(f"not JSON: {text}")


def read_line(schema, raw):
    try:
        return read_value(schema, json.loads(raw.decode("utf-8"), parse_constant=no_constant))
    except (ValueError, RecursionError) as error:  # of the text, of JSON, or of three thousand brackets
        raise Malformed(str(error)) from None


class Books:
    """What `--stats` and `--dead-letters` say."""

    def __init__(self):
        self.streams = {}
        self.dead = []  # (stream, line), lines from 1
        self.late = 0
        self.duplicates = 0


def read_stream(stream, schema, content, books, check=lambda fields: None):
    """The events of a file in its order. Each knows its line, from 0. `check` may find more that is malformed."""
    counts = books.streams[stream] = {"in": 0, "malformed": 0}
    events = []
    for line, raw in enumerate(content.removeprefix(BYTE_ORDER_MARK).split(b"\n")):
        if not raw.strip(b" \t\r"):
            continue
        counts["in"] += 1
        try:
            event = read_line(schema, raw)
            check(event)
        except Malformed:
            counts["malformed"] += 1
            books.dead.append((stream, line + 1))
            continue
        event["#line"] = line
        events.append(event)
    return events


def merge(streams, time):
    """One list of (stream index, event): the lowest next event first, ties in the order of the streams."""
    queues = [collections.deque(events) for events in streams]
    merged = []
    while any(queues):
        index = min((i for i, queue in enumerate(queues) if queue), key=lambda i: (queues[i][0][time], i))
        merged.append((index, queues[index].popleft()))
    return merged


# Event time ---------------------------------------------------------------------------------------------------------

class Watermark:
    """max(event time) - out-of-orderness, after every event: an event is judged by those before it."""

    def __init__(self, out_of_orderness):
        self.out_of_orderness = out_of_orderness
        self.value = -math.inf

    def observe(self, time):
        self.value = max(self.value, time - self.out_of_orderness)


def floor_to(time, size):
    return time // size * size


def answers_of(output):
    """The lines of each answer in JSON: an empty line is between two."""
    answers = [[]]
    for line in output.decode("utf-8").split("\n")[:-1]:
        if line:
            answers[-1].append(line)
        else:
            answers.append([])
    return answers


# Rows ---------------------------------------------------------------------------------------------------------------

def group_by(rows, key):
    """{key: rows}, in the order of appearance."""
    groups = {}
    for row in rows:
        groups.setdefault(key(row), []).append(row)
    return groups


def total(values):
    return math.fsum(values)


def ratio(a, b, scale=1):
    """SQL's division: null by zero, and of null."""
    return None if not b or a is None else a * scale / b


def mean(values):
    return math.fsum(values) / len(values) if values else None


def greatest(values):
    """max() of texts, by bytes; null of none."""
    return max((v for v in values if v is not None), key=lambda v: v.encode("utf-8"), default=None)


def same(expected, got):
    """Exact, but for a double: 1e-9 relative. An integer is never written as a double."""
    if isinstance(expected, float):
        return type(got) in (int, float) and math.isclose(expected, got, rel_tol=1e-9, abs_tol=1e-9)
    if isinstance(expected, list):
        return isinstance(got, list) and len(expected) == len(got) and all(map(same, expected, got))
    return type(expected) is type(got) and expected == got


def same_row(expected, got):
    return list(expected) == list(got) and all(same(expected[name], got[name]) for name in expected)


def sort_value(value):
    """Orders any value; null last."""
    if value is None:
        return (3,)
    if isinstance(value, (bool, int, float)):
        return (1, value)
    if isinstance(value, list):
        return (4, [sort_value(v) for v in value])
    return (2, value.encode("utf-8", "surrogatepass"))


def difference(expected, got):
    """The first difference of two sets of rows, as text; None when they are the same."""
    # Doubles come last in the order, so that their last digit does not pair wrong rows.
    inexact = {name for row in expected for name, value in row.items() if isinstance(value, float)}
    names = sorted(expected[0] if expected else [], key=lambda name: name in inexact)

    def place(row):
        return [sort_value(row.get(name)) for name in names]

    expected, got = sorted(expected, key=place), sorted(got, key=place)
    for mine, theirs in zip(expected, got):
        if not same_row(mine, theirs):
            return f"expected {json.dumps(mine)}\n     got {json.dumps(theirs)} ({len(expected)} and {len(got)} rows)"
    if len(expected) != len(got):
        extra = expected[len(got):] or got[len(expected):]
        return f"expected {len(expected)} rows, got {len(got)}; the first without partner: {json.dumps(extra[0])}"
    return None


class Query:
    """A statement of a dashboard and its answer.

    `order` lists (column, descending): the answer comes in that order, and where a LIMIT cuts through equals, any of
    them will do. Without `order` it is a set.
    """

    def __init__(self, text, rows, order=(), limit=None):
        self.text, self.rows, self.order, self.limit = text, rows, order, limit

    def difference(self, got):
        if not self.order:
            return difference(self.rows, got)
        expected = self.rows
        for name, descending in reversed(self.order):
            expected = sorted(expected, key=lambda row: sort_value(row[name]), reverse=descending)
        expected = expected[:self.limit]
        if len(expected) != len(got):
            return f"expected {len(expected)} rows, got {len(got)}"
        for place, (mine, theirs) in enumerate(zip(expected, got)):
            for name, _ in self.order:
                if name not in theirs or not same(mine[name], theirs[name]):
                    return f"row {place}: expected {json.dumps(mine)}\n     got {json.dumps(theirs)}"
        rest = list(self.rows)
        for theirs in got:
            partner = next((row for row in rest if same_row(row, theirs)), None)
            if partner is None:
                return f"no such row: {json.dumps(theirs)}"
            rest.remove(partner)
        return None
