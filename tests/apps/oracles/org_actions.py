# SPDX-License-Identifier: Apache-2.0
"""org_actions, recomputed from the list of its events."""

import disorder
from common import HOUR, MINUTE, SECOND, Query, Watermark, floor_to, group_by, mean, read_stream, total

SCHEMA = {"event_id": "S", "org": "S", "user_id": "S", "geo": {"lat": "D", "lon": "D"}, "action": "S", "value": "D",
          "attrs": {"device": "S", "campaign": "S"}, "ts": "T"}
STREAMS = {"events": SCHEMA}
TABLES = {
    "rawEvents": ("event_id", "org", "user_id", "action", "device", "campaign", "value", "ts", "ingest_time"),
    "orgActionAgg": ("window_start", "window_end", "org", "action", "cnt", "sum_value", "avg_value"),
}
OUT_OF_ORDERNESS, SIZE = 10 * SECOND, 5 * MINUTE


# Input --------------------------------------------------------------------------------------------------------------

def generate(rng, size):
    times = disorder.Times(rng, disorder.start_time(rng), OUT_OF_ORDERNESS, SIZE)
    events = []
    for number in range(size):
        events.append({
            "event_id": f"e{number if rng.random() < 0.95 else 0}",
            "org": rng.choice(["acme", "hollow", "nightco", "é"]),
            "user_id": f"u-{rng.randint(1, 9)}", "geo": {"lat": rng.choice([1, -33.86]), "lon": 151.2},
            "action": rng.choice(["view", "click", "purchase", ""]),
            "value": rng.choice([0, 1, -2.5, 0.1, 1e12, 10**20]),
            "attrs": {"device": rng.choice(disorder.TEXTS), "campaign": rng.choice(disorder.TEXTS)},
            "ts": disorder.iso(rng, times()),
        })
    return {"events": disorder.stream(rng, SCHEMA, events)}


# Tables -------------------------------------------------------------------------------------------------------------

def tables(inputs, books, now=None):
    watermark = Watermark(OUT_OF_ORDERNESS)
    raw, in_time = [], []
    for event in read_stream("events", SCHEMA, inputs["events"], books):
        raw.append({**{name: event[name] for name in ("event_id", "org", "user_id", "action")}, **event["attrs"],
                    "value": event["value"], "ts": event["ts"], "ingest_time": now})
        if floor_to(event["ts"], SIZE) + SIZE <= watermark.value:
            books.late += 1
        else:
            in_time.append(event)
        watermark.observe(event["ts"])
    return {"rawEvents": raw, "orgActionAgg": org_action_agg(in_time)}


def org_action_agg(events):
    rows = []
    groups = group_by(events, lambda event: (floor_to(event["ts"], SIZE), event["org"], event["action"]))
    for (start, org, action), group in groups.items():
        values = [event["value"] for event in group]
        rows.append({"window_start": start, "window_end": start + SIZE, "org": org, "action": action, "cnt": len(group),
                     "sum_value": total(values), "avg_value": mean(values)})
    return rows


# Dashboard ----------------------------------------------------------------------------------------------------------

def queries(found, now):
    rows, raw = found["orgActionAgg"], found["rawEvents"]

    def summed(since):
        recent = [row for row in rows if row["window_start"] >= since]
        groups = group_by(recent, lambda row: (row["org"], row["action"]))
        return [{"org": org, "action": action, "cnt": sum(row["cnt"] for row in group),
                 "sum_value": total(row["sum_value"] for row in group)} for (org, action), group in groups.items()]

    for text, span in (("PT1H", HOUR), ("10 minutes", 10 * MINUTE)):
        yield Query(
            "SELECT org, action, SUM(cnt) AS cnt, SUM(sum_value) AS sum_value FROM orgActionAgg "
            f"WHERE window_start >= ago('{text}') GROUP BY org, action ORDER BY cnt DESC",
            summed(now - span), order=[("cnt", True)])
    yield Query(
        "SELECT * FROM orgActionAgg WHERE window_start >= ago('1 hour') ORDER BY window_start DESC, cnt DESC LIMIT 20",
        [row for row in rows if row["window_start"] >= now - HOUR],
        order=[("window_start", True), ("cnt", True)], limit=20)
    yield Query(
        "SELECT DATE_TRUNC('minute', ts) AS minute, COUNT(*) AS cnt FROM rawEvents GROUP BY DATE_TRUNC('minute', ts) "
        "ORDER BY minute",
        [{"minute": start, "cnt": len(group)}
         for start, group in group_by(raw, lambda row: floor_to(row["ts"], MINUTE)).items()], order=[("minute", False)])
    yield Query(
        "SELECT org, action, COUNT(*) AS cnt, AVG(value) AS mean FROM rawEvents WHERE ts > now() - INTERVAL '1 hour' "
        "GROUP BY org, action",
        [{"org": org, "action": action, "cnt": len(group), "mean": mean([row["value"] for row in group])}
         for (org, action), group in group_by(
             [row for row in raw if row["ts"] > now - HOUR], lambda row: (row["org"], row["action"])).items()])
