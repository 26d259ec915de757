#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""tests/query/record_duckdb.py - writes tests/query/duckdb_N.test: random queries with the answers of DuckDB.

    python3 -m venv /tmp/peers && /tmp/peers/bin/pip install duckdb
    /tmp/peers/bin/python tests/query/record_duckdb.py [FILES [QUERIES]]

Run by hand, when the language grows; the tests read the files and need no DuckDB. The same number makes the same
file, as far as DuckDB's version does.

Every expression is made twice at once: in Oriel's words and in DuckDB's. They are the same but where docs/sql.md
says that the two differ on purpose; each such place is marked DIFFERS below. Queries that DuckDB refuses (a LONG that
overflows, a number out of range) are left out, nothing else is: whether Oriel gives the same is for the test to say.
"""
import collections
import datetime
import math
import pathlib
import random
import sys

import duckdb

Expr = collections.namedtuple("Expr", "type ours theirs")  # L, D, S, B, T

NOT_A_NUMBER = float("nan")
TEXTS = ["", "red", "Grey", "blue", "Grüße", "grün", "日本語", "a-b-c", "x y", "100%", "_", "naïve 🙂", "null", "0"]
DAY0 = datetime.datetime(1970, 1, 1)
COLUMNS = [("id", "L", False), ("n", "L", True), ("big", "L", True), ("d", "D", True), ("w", "D", False),
           ("k", "S", False), ("s", "S", True), ("f", "B", True), ("t", "T", True), ("l", "L[]", True),
           ("g", "S[]", False)]
OTHER = [("k", "S", False), ("n", "L", True), ("v", "S", True), ("x", "D", True)]
TYPE_NAMES = {"L": ("LONG", "BIGINT"), "D": ("DOUBLE", "DOUBLE"), "S": ("STRING", "VARCHAR"), "B": ("BOOLEAN", "BOOLEAN"),
              "T": ("TIMESTAMP", "TIMESTAMP"), "L[]": ("LONG[]", "BIGINT[]"), "S[]": ("STRING[]", "VARCHAR[]")}


# ---- Values as the test files write them.

def quoted(text):
    plain = text and text != "null" and not set(text) & set("|'\n") and text.strip(" \t\r") == text
    return text if plain else f"'{text}'"


def number(value):
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return repr(value).removesuffix(".0")


def cell(value, kind):
    if value is None:
        return "null"
    if kind.endswith("[]"):
        return "[" + ", ".join(str(v) for v in value) + "]"
    if kind == "B":
        return "true" if value else "false"
    if kind == "L":
        if not -2**63 <= value < 2**63:
            raise OverflowError
        return str(int(value))
    if kind == "D":
        return number(float(value))
    if kind == "T":
        ms = round((value - DAY0) / datetime.timedelta(milliseconds=1))
        return (DAY0 + datetime.timedelta(milliseconds=ms)).isoformat(timespec="milliseconds" if ms % 1000 else "seconds") + "Z"
    return quoted(value)


# ---- Random tables.

def value_of(r, name, kind, nullable, row):
    if nullable and r.random() < 0.2:
        return None
    if name == "id":
        return row
    if name == "big":
        return r.choice([2**63 - 1, -2**63, 2**62, -2**62, 2**53 + 1, 10**15, -1, 0, 1])
    if name == "d":
        return r.choice([NOT_A_NUMBER, math.inf, -math.inf, 0.0, 1e300, -2.5, 0.25, 1.5, 1.5, 3.0, 7.75])
    if kind == "L":
        return r.randint(-5, 5)
    if kind == "D":
        return r.randint(-8, 24) / 4
    if kind == "B":
        return r.random() < 0.5
    if kind == "T":
        return DAY0 + datetime.timedelta(milliseconds=r.choice([r.randint(-2 * 10**12, 2 * 10**12), r.randint(-10**7, 10**7),
                                                                1_700_000_000_000 + 3_600_000 * r.randint(-3, 3)]))
    if kind == "L[]":
        return [r.randint(-2, 3) for _ in range(r.randint(0, 3))]
    if kind == "S[]":
        return [r.choice(["new", "grün", "x y", "sale"]) for _ in range(r.randint(0, 3))]
    return r.choice(["acme", "hollow", "night-co"]) if name == "k" else r.choice(TEXTS)


def random_rows(r, columns, count):
    rows = [[value_of(r, *column, row) for column in columns] for row in range(count)]
    return rows


# ---- Random expressions.

class Queries:
    def __init__(self, r, columns, qualifier=""):
        self.r, self.q = r, qualifier
        self.by_type = collections.defaultdict(list)
        for name, kind, _ in columns:
            self.by_type[kind].append(qualifier + name)

    def column(self, kind):
        name = self.r.choice(self.by_type[kind])
        return Expr(kind, name, name)

    def literal(self, kind):
        r = self.r
        text = {"L": lambda: str(r.randint(0, 6)), "D": lambda: str(r.randint(0, 12) / 4),
                "S": lambda: "'" + r.choice(TEXTS) + "'", "B": lambda: r.choice(["TRUE", "FALSE"]),
                "T": lambda: f"TIMESTAMP '{r.choice(['1969-07-20 20:17:40', '2023-11-14 22:00:00', '1970-01-01'])}'"}[kind]()
        return Expr(kind, text, text)

    def mix(self, kind, shape, *parts):
        """`shape` with the parts in it; a pair of shapes where the dialects differ."""
        ours, theirs = shape if isinstance(shape, tuple) else (shape, shape)
        # "{F}", the place of a FILTER, stays as it is.
        return Expr(kind, ours.format(*(p.ours for p in parts), F="{F}"), theirs.format(*(p.theirs for p in parts), F="{F}"))

    def any(self, kind, depth=2):
        r = self.r
        if depth == 0 or r.random() < 0.35:
            return self.column(kind) if r.random() < 0.8 and self.by_type[kind] else self.literal(kind)
        return {"L": self.whole, "D": self.real, "S": self.text, "B": self.truth, "T": self.time}[kind](depth - 1)

    def choice(self, kind, d):
        r = self.r
        a, b, c = self.any(kind, d), self.any(kind, d), self.any("B", d)
        return self.mix(kind, r.choice(["COALESCE({0}, {1})", "NULLIF({0}, {1})", "CASE WHEN {2} THEN {0} ELSE {1} END",
                                        "CASE WHEN {2} THEN {0} END"]), a, b, c)

    def whole(self, d):
        r, L = self.r, lambda: self.any("L", d)
        pick = r.randrange(12)
        if pick == 0:
            return self.choice("L", d)
        if pick <= 3:
            return self.mix("L", f"({{0}} {r.choice('+-*')} {{1}})", L(), L())
        if pick == 4:  # DIFFERS: by zero it is null
            return self.mix("L", ("({0} % {1})", "({0} % NULLIF({1}, 0))"), L(), L())
        if pick == 5:
            return self.mix("L", "ABS({0})", L())
        if pick == 6:
            return self.mix("L", "LENGTH({0})", self.any("S", d))
        if pick == 7:
            part = r.choice(["YEAR", "MONTH", "DAY", "HOUR", "MINUTE", "SECOND", "QUARTER", "WEEK"])
            return self.mix("L", part + "({0})", self.any("T", d))
        if pick == 8:  # DIFFERS: Monday is 1, not Sunday 0
            return self.mix("L", r.choice([("DAYOFWEEK({0})", "ISODOW({0})"), ("EXTRACT(DOW FROM {0})",) * 2,
                                           ("EXTRACT(DOY FROM {0})",) * 2]), self.any("T", d))
        if pick == 9:  # DIFFERS: the difference of times is milliseconds
            return self.mix("L", ("({0} - {1})", "(epoch_ms({0}) - epoch_ms({1}))"), self.any("T", d), self.any("T", d))
        if pick == 10:
            unit = r.choice(["hour", "day", "week", "month", "year"])
            return self.mix("L", (f"DATETRUNC('{unit}', {{0}}, 'MILLISECONDS')",
                                  f"epoch_ms(date_trunc('{unit}', make_timestamp({{0}} * 1000)))"), self.any("L", 0))
        if self.by_type["L[]"]:
            return self.mix("L", ("CARDINALITY({0})", "len({0})"), self.column(r.choice(["L[]", "S[]"])))
        return L()

    def real(self, d):
        r, D, pick = self.r, lambda: self.any(self.r.choice("DDL"), d), self.r.randrange(8)
        if pick == 0:
            return self.choice("D", d)
        if pick <= 2:
            return self.mix("D", f"({{0}} {r.choice('+-*')} {{1}})", self.any("D", d), D())
        if pick == 3:  # DIFFERS: division by zero is null
            return self.mix("D", ("({0} / {1})", "(CAST({0} AS DOUBLE) / NULLIF({1}, 0))"), D(), D())
        if pick == 4:
            return self.mix("D", r.choice(["FLOOR({0})", "CEIL({0})", "ABS({0})", "ROUND({0})"]), self.any("D", d))
        if pick == 5:  # DIFFERS: of what they are not defined for, NaN and -Infinity
            return self.mix("D", ("SQRT({0})", "CASE WHEN {0} < 0 THEN 'NaN'::DOUBLE ELSE SQRT({0}) END"), self.any("D", d))
        if pick == 6:
            return self.mix("D", ("({0} % {1})", "({0} % NULLIF({1}, 0))"), self.column("D"), self.literal("D"))
        return self.mix("D", "CAST({0} AS DOUBLE)", self.any("L", d))

    def text(self, d):
        r, S, pick = self.r, lambda: self.any("S", d), self.r.randrange(10)
        if pick == 0:
            return self.choice("S", d)
        if pick == 1:
            return self.mix("S", "({0} || {1})", S(), S())
        if pick == 2:
            return self.mix("S", "CONCAT({0}, {1}, {2})", S(), self.any("L", d), S())
        if pick == 3:  # DIFFERS: letters of ASCII only, so k alone is asked
            name = f"{self.q}k"
            return Expr("S", *([r.choice([f"UPPER({name})", f"LOWER({name})"])] * 2))
        if pick == 4:
            return self.mix("S", f"SUBSTR({{0}}, {r.randint(1, 4)}{r.choice(['', ', 0', ', 1', ', 3'])})", S())
        if pick == 5:
            return self.mix("S", f"REPLACE({{0}}, '{r.choice(['e', 'ü', ' ', '-b'])}', '{r.choice(['', 'yy', 'é'])}')", S())
        if pick == 6:
            return self.mix("S", f"SPLIT_PART({{0}}, '{r.choice(['-', 'e', ' '])}', {r.choice([1, 2, 3, -1])})", S())
        if pick == 7:
            return self.mix("S", r.choice(["TRIM({0})", "LTRIM({0}, 'Gar')", "RTRIM({0}, 'ey-c')", "TRIM({0}, 'x本')"]), S())
        if pick == 8:
            zone, hours = r.choice([("UTC", 0), ("Asia/Tokyo", 9)])
            moment = self.mix("T", r.choice(["{0}", "DATE_TRUNC('hour', {0})"]), self.literal("T"))
            return self.mix("S", (f"ToDateTime({{0}}, 'yyyy-MM-dd HH:mm:ss', '{zone}')",
                                  f"strftime({{0}} + INTERVAL {hours} HOUR, '%Y-%m-%d %H:%M:%S')"), moment)
        return self.mix("S", "CAST({0} AS VARCHAR)", self.any(r.choice("LB"), d))

    def truth(self, d):
        r, pick = self.r, self.r.randrange(15)
        if pick <= 3:
            kind = r.choice("LLDSST")
            other = r.choice("LD") if kind in "LD" else kind
            return self.mix("B", f"({{0}} {r.choice(['=', '<>', '<', '<=', '>', '>='])} {{1}})", self.any(kind, d), self.any(other, d))
        if pick == 4:
            return self.mix("B", f"({{0}} {r.choice(['AND', 'OR'])} {{1}})", self.any("B", d), self.any("B", d))
        if pick == 5:
            return self.mix("B", "(NOT {0})", self.any("B", d))
        if pick == 6:
            return self.mix("B", f"({{0}} IS {r.choice(['', 'NOT '])}NULL)", self.any(r.choice("LDSBT"), d))
        if pick == 7:
            kind = r.choice("LDST")
            low = r.choice(["", "NOT "])
            return self.mix("B", f"({{0}} {low}BETWEEN {{1}} AND {{2}})", self.any(kind, d), self.any(kind, 0), self.any(kind, 0))
        if pick == 8:
            kind = r.choice("LSD")
            some = [self.literal(kind) for _ in range(r.randint(1, 3))] + ([Expr(kind, "NULL", "NULL")] if r.random() < 0.2 else [])
            places = ", ".join(f"{{{i + 1}}}" for i in range(len(some)))
            return self.mix("B", f"({{0}} {r.choice(['', 'NOT '])}IN ({places}))", self.any(kind, d), *some)
        if pick == 9:
            return self.mix("B", f"({{0}} {r.choice(['', 'NOT '])}LIKE '{r.choice(['%', '_l%', '%e%', 'Gr__e', '%ü%', '', '_', '日%'])}')",
                            self.any("S", d))
        if pick == 10:
            return self.mix("B", f"STARTS_WITH({{0}}, '{r.choice(['', 'r', 'Gr', '日'])}')", self.any("S", d))
        if pick == 11:
            p = r.choice(["e", "^a", "y$", "[a-e]+-", "^.$", "ü|本", "^$", "(r|n)e?d"])
            return self.mix("B", (f"REGEXP_LIKE({{0}}, '{p}')", f"REGEXP_MATCHES({{0}}, '{p}')"), self.any("S", d))
        if pick == 12:  # DIFFERS: compares as text
            return self.mix("B", ("({0} = 'true')", "(CAST({0} AS VARCHAR) = 'true')"), self.column("B") if self.by_type["B"] else self.literal("B"))
        if self.by_type["L[]"]:  # DIFFERS: a list beside a value means any element of it
            if pick == 13:
                n, op = r.randint(-2, 3), r.choice(["=", ">", "<="])
                return self.mix("B", (f"({{0}} {op} {n})", f"(len(list_filter({{0}}, lambda e: e {op} {n})) > 0)"), self.column("L[]"))
            w, no = r.choice(["new", "grün", "none"]), r.choice(["", "NOT "])
            return self.mix("B", (f"({{0}} {no}IN ('{w}', 'sale'))", f"({no}list_has_any({{0}}, ['{w}', 'sale']))"), self.column("S[]"))
        return self.any("B", d)

    def time(self, d):
        r, pick = self.r, self.r.randrange(4)
        if pick == 0:
            return self.choice("T", d)
        if pick == 1:
            return self.mix("T", f"({{0}} {r.choice('+-')} INTERVAL '{r.choice(['1 month', '90 seconds', '1 day', '2 hours'])}')", self.any("T", d))
        return self.mix("T", f"DATE_TRUNC('{r.choice(['second', 'minute', 'hour', 'day', 'week', 'month', 'quarter', 'year'])}', {{0}})",
                        self.any("T", d))

    def aggregate(self):
        r, pick = self.r, self.r.randrange(17)
        d = r.choice([0, 0, 1, 2])
        nothing = lambda shape: (shape, f"COALESCE({shape}, 0)")  # DIFFERS: SUM over nothing is 0
        if pick == 0:
            out = self.mix("L", "COUNT(*)")
        elif pick == 1:
            out = self.mix("L", "COUNT({0})", self.any(r.choice("LDSBT"), d))
        elif pick <= 4:
            out = self.mix("L", r.choice([("COUNT(DISTINCT {0})",) * 2, ("DISTINCTCOUNT({0})", "COUNT(DISTINCT {0})")]), self.any(r.choice("LDSBT"), d))
        elif pick <= 6:
            kind = r.choice("LLD")
            out = self.mix(kind, nothing(r.choice(["SUM({0}){F}", "SUM(DISTINCT {0}){F}"])), self.exact(kind, d))
        elif pick <= 8:
            out = self.mix("D", r.choice(["AVG({0})", "AVG(DISTINCT {0})"]), self.exact(r.choice("LD"), 0))
        elif pick <= 11:
            kind = r.choice("LDSTB")
            out = self.mix(kind, r.choice(["MIN({0})", "MAX({0})"]), self.any(kind, d))
        elif pick == 12:  # DIFFERS: of equally frequent values the least
            kind = r.choice("LSB")
            out = self.mix(kind, ("MODE({0})", "mode({0} ORDER BY {0})"), self.column(kind))
        elif pick == 13:
            kind, which = r.choice("LS"), r.choice([("FIRST", "min"), ("LAST", "max")])
            out = self.mix(kind, (f"{which[0]}WITHTIME({{0}}, {self.q}id, '{TYPE_NAMES[kind][0]}')", f"arg_{which[1]}({{0}}, {self.q}id)"), self.any(kind, d))
            if not self.by_type["L[]"]:
                return self.mix("L", "COUNT(*)")
        elif pick == 14:  # DIFFERS: the value at floor(n p / 100)
            p, x = r.choice([0, 25, 50, 90, 100]), self.exact("L", d)
            place = f"LEAST(CAST(FLOOR(COUNT({{0}}){{F}} * {p} / 100) AS BIGINT) + 1, COUNT({{0}}){{F}})"
            out = self.mix("D", (f"PERCENTILE({{0}}, {p}){{F}}", f"list_extract(list_sort(list({{0}}){{F}}, 'ASC', 'NULLS LAST'), {place})"), x)
        elif self.by_type["L[]"]:
            l = self.column("L[]")
            out = self.mix("L", r.choice([
                ("SUMMV({0}){F}", "COALESCE(SUM(list_sum({0})){F}, 0)"), ("COUNTMV({0}){F}", "COALESCE(SUM(len({0})){F}, 0)"),
                ("MINMV({0}){F}", "MIN(list_min({0})){F}"), ("MAXMV({0}){F}", "MAX(list_max({0})){F}"),
                ("DISTINCTCOUNTMV({0}){F}", "COALESCE(len(list_distinct(flatten(list({0}){F}))), 0)")]), l)
        else:
            out = self.mix("L", "COUNT(*)")
        condition = self.any("B", 1) if r.random() < 0.25 else None
        texts = []
        for text, words in ((out.ours, condition and condition.ours), (out.theirs, condition and condition.theirs)):
            f = f" FILTER (WHERE {words})" if condition else ""
            texts.append(text.replace("{F}", f) if "{F}" in text else text + f)
        return Expr(out.type, *texts)

    def exact(self, kind, d):
        """What may be summed in any order: no LONG near its bounds, quarters."""
        name = self.q + {"L": "n", "D": "w" if self.by_type["L[]"] else "x"}[kind]
        if kind == "L" and d > 0:
            return self.mix("L", self.r.choice(["({0} * {0})", "ABS({0})", "({0} + 1)"]), Expr("L", name, name))
        return Expr(kind, name, name)




def order_by(r, count):
    # DIFFERS: where nulls go unless told; so it is always told.
    return " ORDER BY " + ", ".join(f"{i + 1}{r.choice(['', ' DESC'])} NULLS {r.choice(['FIRST', 'LAST'])}" for i in range(count))


def limit(r):
    n, skip = r.randint(1, 9), r.randint(0, 3)
    return r.choice([("", "")] * 3 + [(f" LIMIT {n}",) * 2, (f" LIMIT {n} OFFSET {skip}",) * 2,
                                      (f" LIMIT {skip}, {n}", f" LIMIT {n} OFFSET {skip}")])


def source(r):
    """FROM, what may be asked of it, and what is put before the query: pairs of texts."""
    plain = Queries(r, COLUMNS)
    pick = r.randrange(10)
    if pick <= 5:
        return ("e", "e"), plain, ("", "")
    if pick == 6:
        w = plain.any("B", 1)
        return (f"(SELECT * FROM e WHERE {w.ours}) AS e", f"(SELECT * FROM e WHERE {w.theirs}) AS e"), plain, ("", "")
    if pick == 7:
        w = plain.any("B", 1)
        return ("e2", "e2"), plain, (f"WITH e2 AS (SELECT * FROM e WHERE {w.ours}) ", f"WITH e2 AS (SELECT * FROM e WHERE {w.theirs}) ")
    kind = r.choice(["JOIN", "INNER JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN"])
    on = r.choice(["e.k = c.k", "e.n = c.n", "e.k = c.k AND e.n = c.n", "e.s = c.v"])
    both = Queries(r, [("e." + name, kind_, null) for name, kind_, null in COLUMNS] +
                   [("c.x", "D", True), ("c.v", "S", True), ("c.n", "L", True)])
    both.q = "e."
    return (f"e {kind} c ON {on}",) * 2, both, ("", "")


def query(r):
    """(types of the columns, Oriel's text, DuckDB's)."""
    (ours, theirs), q, (before, before_theirs) = source(r)
    head, tail = ["", ""], ["", ""]
    if r.random() < 0.6:
        w = q.any("B", 2)
        tail = [f" WHERE {w.ours}", f" WHERE {w.theirs}"]
    pick = r.random()
    if pick < 0.35:
        outputs = [q.any(r.choice("LDSBT"), 2) for _ in range(r.randint(1, 3))]
        distinct = "DISTINCT " if r.random() < 0.3 else ""
    else:
        distinct = ""
        keys = [q.any(r.choice("LLSSBTD"), r.choice([0, 0, 1])) for _ in range(0 if pick > 0.9 else r.randint(1, 3))]
        # A constant is no key: it would be an ordinal, or is one and the same for all.
        keys = [k for k in keys if any(c.isalpha() for c in k.ours) and not k.ours.startswith(("'", "TIMESTAMP", "TRUE", "FALSE"))]
        aggregates = [q.aggregate() for _ in range(r.randint(1, 3))]
        outputs = keys + aggregates
        if keys:
            by = [str(i + 1) for i in range(len(keys))]
            tail = [t + " GROUP BY " + ", ".join(by) for t in tail]
            if r.random() < 0.2:
                least = r.choice([1, 2])
                tail = [t + f" HAVING COUNT(*) > {least}" for t in tail]
    head = [", ".join(f"{getattr(o, side)} AS x{i}" for i, o in enumerate(outputs)) for side in ("ours", "theirs")]
    end, cut = order_by(r, len(outputs)), limit(r)
    types = [o.type for o in outputs]
    if r.random() < 0.1:  # a query over a query
        i = r.randrange(len(outputs))
        return (["L", types[i]], f"{before}SELECT COUNT(*) AS n, MAX(x{i}) AS m FROM (SELECT {distinct}{head[0]} FROM {ours}{tail[0]}) AS q",
                f"{before_theirs}SELECT COUNT(*) AS n, MAX(x{i}) AS m FROM (SELECT {distinct}{head[1]} FROM {theirs}{tail[1]}) AS q")
    return (types, f"{before}SELECT {distinct}{head[0]} FROM {ours}{tail[0]}{end}{cut[0]}",
            f"{before_theirs}SELECT {distinct}{head[1]} FROM {theirs}{tail[1]}{end}{cut[1]}")


def list_query(r):
    """GROUP BY a list: DIFFERS, a group for each different element."""
    kind = r.choice(["L[]", "S[]"])
    name = "l" if kind == "L[]" else "g"
    q = Queries(r, COLUMNS)
    w = q.any("B", 1)
    aggregates = [q.aggregate() for _ in range(r.randint(1, 2))]
    head = [", ".join(f"{getattr(a, side)} AS x{i + 1}" for i, a in enumerate(aggregates)) for side in ("ours", "theirs")]
    end = order_by(r, len(aggregates) + 1)
    return ([kind[0]] + [a.type for a in aggregates],
            f"SELECT {name} AS x0, {head[0]} FROM e WHERE {w.ours} GROUP BY {name}{end}",
            f"SELECT one AS x0, {head[1]} FROM (SELECT *, unnest(list_distinct({name})) AS one FROM e WHERE {w.theirs}) GROUP BY one{end}")


def using_query(r):
    kind = r.choice(["JOIN", "LEFT JOIN", "RIGHT JOIN"])  # DIFFERS: not with FULL JOIN
    columns = r.choice(["k", "k, n", "n"])
    first = columns.split(", ")[0]
    text = f"SELECT {first} AS x0, COUNT(*) AS x1, COUNT(x) AS x2, MAX(id) AS x3 FROM e {kind} c USING ({columns}) GROUP BY {first}"
    return (["S" if first == "k" else "L", "L", "L", "L"], *[text + order_by(r, 4)] * 2)


def table_lines(name, columns, rows):
    described = ", ".join(f"{n} {TYPE_NAMES[k][0]}{'?' if null else ''}" for n, k, null in columns)
    out = [f"table {name} {described}"]
    for row in rows:
        out.append(" | ".join(cell(v, k) for v, (_, k, _) in zip(row, columns)))
    return out


def record(seed, count, path):
    r = random.Random(seed)
    connection = duckdb.connect(":memory:")
    connection.execute("SET threads = 1")
    lines = [f"# Random queries with the answers of DuckDB {duckdb.__version__}, written by record_duckdb.py, seed {seed}.", ""]
    for name, columns, rows in (("e", COLUMNS, r.choice([25, 45])), ("c", OTHER, 9)):
        data = random_rows(r, columns, rows)
        described = ", ".join(f"{n} {TYPE_NAMES[k][1]}" for n, k, _ in columns)
        connection.execute(f"CREATE TABLE {name} ({described})")
        connection.executemany(f"INSERT INTO {name} VALUES ({', '.join('?' * len(columns))})", data)
        lines += table_lines(name, columns, data) + [""]
    made = refused = 0
    why = collections.Counter()
    while made < count:
        types, ours, theirs = r.choice([query] * 12 + [list_query, using_query])(r)
        try:
            if theirs.endswith(") AS q"):  # DIFFERS: columns of it that nothing reads are evaluated too
                connection.execute(theirs[:theirs.index("SELECT COUNT(*) AS n, MAX(")] +
                                   theirs[theirs.index(" AS m FROM (") + len(" AS m FROM ("):-len(") AS q")])
            rows = connection.execute(theirs).fetchall()
            answer = [" | ".join(cell(v, k) for v, k in zip(row, types)) for row in rows]
        except (duckdb.Error, OverflowError) as problem:
            refused += 1
            why[str(problem).split("\n")[0][:110]] += 1
            continue
        # DIFFERS: which of the equal numbers 0 and -0 stands for a group.
        if len(answer) > 12 or sum(map(len, answer)) > 500 or any("-0" in line.split(" | ") for line in answer):
            continue
        labels = " | ".join(("n", "m") if ours.endswith(") AS q") else [f"x{i}" for i in range(len(types))])
        lines += ["query", ours, "----", labels, *answer, ""]
        made += 1
    path.write_text("\n".join(lines), encoding="utf-8")
    print(f"{path}: {made} queries, {refused} refused by DuckDB")
    for reason, times in why.most_common(8):
        print(f"    {times:5} {reason}")


def main():
    files = int(sys.argv[1]) if len(sys.argv) > 1 else 8
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 270
    here = pathlib.Path(__file__).parent
    for seed in range(1, files + 1):
        record(seed, count, here / f"duckdb_{seed}.test")


main()
