# SPDX-License-Identifier: Apache-2.0
"""ad_ctr, recomputed from the lists of its impressions and clicks."""

import math

import disorder
from common import MINUTE, SECOND, Query, Watermark, floor_to, group_by, mean, merge, ratio, read_stream, total

IMPRESSION = {"impression_id": "S", "user_id": "S", "campaign_id": "S", "ad_id": "S", "device_type": "S",
              "browser": "S", "event_timestamp": "E", "cost": "D"}
CLICK = {"click_id": "S", "impression_id": "S", "user_id": "S", "event_timestamp": "E"}
STREAMS = {"ad-impressions": IMPRESSION, "ad-clicks": CLICK}
TABLES = {
    "ctr_by_campaign": ("campaign_id", "window_start", "window_end", "impressions", "clicks", "ctr", "reach", "cost"),
    "engagement_by_device": ("device_type", "window_start", "window_end", "impressions", "clicks"),
    "ctr_anomalies": ("campaign_id", "window_start", "ctr", "expected_ctr", "z"),
    "unattributed_clicks": ("click_id", "impression_id", "ts"),
}
OUT_OF_ORDERNESS, WITHIN, BEFORE = 5 * SECOND, 10 * MINUTE, 10 * MINUTE
LATENESS, REMEMBERED = 10 * MINUTE, 60 * MINUTE  # of the join, and of identifiers


# Input --------------------------------------------------------------------------------------------------------------

def generate(rng, size):
    start = disorder.start_time(rng)
    impressions, clicks = [], []
    hot = rng.randrange(0, 20) * MINUTE
    minutes = rng.choice([1, 12, 40])
    for number in range(size * 2 // 3):
        time = start + rng.randrange(minutes * MINUTE)
        if rng.random() < 0.1:
            time = floor_to(time, MINUTE) + rng.choice([0, -1])
        impression = {"impression_id": f"i{number}", "user_id": f"u{rng.randrange(30)}",
                      "campaign_id": f"camp-{rng.randint(1, 2)}", "ad_id": "ad", "browser": rng.choice(disorder.TEXTS),
                      "device_type": rng.choice(["mobile", "desktop", "tablet"]), "event_timestamp": time,
                      "cost": rng.choice([0, 1, 0.25, 1e-7])}
        impressions.append(impression)
        often = 0.9 if hot <= time - start < hot + 2 * MINUTE else 0.2
        while rng.random() < often:
            delay = rng.choice([0, 1, -1, 500, 5_000, WITHIN, WITHIN + 1, WITHIN - 1, 2 * WITHIN,
                                rng.randrange(WITHIN)])
            clicks.append({"click_id": f"c{len(clicks)}", "impression_id": f"i{number}", "user_id": "u",
                           "event_timestamp": time + delay})
            often /= 2
    for number in range(size // 30):
        clicks.append({"click_id": f"x{number}", "impression_id": rng.choice(["nobody", ""]), "user_id": "u",
                       "event_timestamp": start + rng.randrange(minutes * MINUTE)})
    late_share = rng.choice([0, 0.05, 0.3])
    streams = {"ad-impressions": arrivals(rng, impressions, late_share), "ad-clicks": arrivals(rng, clicks, late_share)}
    emptied = rng.choice([None, None, None, None, None, *streams])
    return {name: disorder.stream(rng, STREAMS[name], [] if name == emptied else events)
            for name, events in streams.items()}


def arrivals(rng, events, late_share):
    """In an order of arrival that is within the bound but for a share of late ones; some twice, soon or much later."""

    def delay():
        if rng.random() < late_share:
            return rng.choice([1, 0, -1]) + OUT_OF_ORDERNESS + rng.choice(
                [0, MINUTE, LATENESS, rng.randrange(18 * MINUTE)])
        return rng.choice([0, 0, rng.randint(0, OUT_OF_ORDERNESS), OUT_OF_ORDERNESS])

    again = [event for event in events if rng.random() < 0.08]
    delayed = [(event["event_timestamp"] + delay(), event) for event in events + again]
    delayed.sort(key=lambda pair: pair[0])
    arrived = [event for _, event in delayed]
    for number in range(20 if late_share and arrived else 0):  # exactly as late as the join allows, give or take
        place = rng.randrange(len(arrived))
        latest = max(event["event_timestamp"] for event in arrived[:place + 1])
        event = {**arrived[place], "event_timestamp": latest - OUT_OF_ORDERNESS - LATENESS + rng.choice([-1, 0, 1])}
        name = next(iter(event))
        arrived.insert(place + 1, {**event, name: f"late-{number}"})
    return arrived


# Tables -------------------------------------------------------------------------------------------------------------

def tables(inputs, books):
    streams = [read_stream(name, schema, inputs[name], books) for name, schema in STREAMS.items()]
    left = [len(events) for events in streams]
    watermarks = [Watermark(OUT_OF_ORDERNESS), Watermark(OUT_OF_ORDERNESS)]
    names, first_seen = ("impression_id", "click_id"), ({}, {})
    shown, impressions, clicks = [], {}, []
    for stream, event in merge(streams, "event_timestamp"):
        time, name, seen = event["event_timestamp"], event[names[stream]], first_seen[stream]
        own = watermarks[stream].value
        both = min(watermark.value if left[i] else math.inf for i, watermark in enumerate(watermarks))
        watermarks[stream].observe(time)
        left[stream] -= 1
        if name in seen and max(own, time) < seen[name] + REMEMBERED:
            books.duplicates += 1
            continue
        seen[name] = time
        late = time + LATENESS < both
        books.late += late
        if stream == 1:
            clicks += [] if late else [event]
            continue
        if floor_to(time, MINUTE) + MINUTE <= both - LATENESS - WITHIN:
            books.late += 2  # for both windows; the generator leaves open how long exactly they stay open
            continue
        shown.append(event)
        if not late:
            impressions.setdefault(event["impression_id"], []).append(event)
    attributed, unattributed = {}, []
    for click in clicks:
        partners = [impression for impression in impressions.get(click["impression_id"], [])
                    if 0 <= click["event_timestamp"] - impression["event_timestamp"] <= WITHIN]
        for impression in partners:
            attributed[id(impression)] = attributed.get(id(impression), 0) + 1
        if not partners:
            unattributed.append({"click_id": click["click_id"], "impression_id": click["impression_id"],
                                 "ts": click["event_timestamp"]})

    def rows_of(name):
        for (value, start), group in group_by(shown, lambda event: (
                event[name], floor_to(event["event_timestamp"], MINUTE))).items():
            count = sum(attributed.get(id(event), 0) for event in group)
            yield group, {name: value, "window_start": start, "window_end": start + MINUTE, "impressions": len(group),
                          "clicks": count}

    by_campaign = [{**row, "ctr": float(row["clicks"] / row["impressions"]),
                    "reach": len({event["user_id"] for event in group}),
                    "cost": total(event["cost"] for event in group)}
                   for group, row in rows_of("campaign_id")]
    return {"ctr_by_campaign": by_campaign, "engagement_by_device": [row for _, row in rows_of("device_type")],
            "ctr_anomalies": anomalies(by_campaign), "unattributed_clicks": unattributed}


def anomalies(rows):
    found = []
    for row in rows:
        before = [other for other in rows if other["campaign_id"] == row["campaign_id"]
                  and row["window_start"] - BEFORE <= other["window_start"] < row["window_start"]]
        if len(before) < 5:
            continue
        p = sum(other["clicks"] for other in before) / sum(other["impressions"] for other in before)
        if not 0 < p < 1:
            continue
        z = (row["ctr"] - p) / math.sqrt(p * (1 - p) / row["impressions"])
        if abs(z) > 3:
            found.append({"campaign_id": row["campaign_id"], "window_start": row["window_start"], "ctr": row["ctr"],
                          "expected_ctr": p, "z": z})
    return found


# Dashboard ----------------------------------------------------------------------------------------------------------

def queries(found, now):
    campaigns, devices = found["ctr_by_campaign"], found["engagement_by_device"]

    def column(rows, name):
        return [row[name] for row in rows]

    by_campaign = group_by(campaigns, lambda row: row["campaign_id"])
    yield Query(
        "SELECT campaign_id, AVG(impressions) AS impressions, AVG(clicks) AS clicks, AVG(ctr) AS ctr "
        "FROM ctr_by_campaign GROUP BY campaign_id ORDER BY campaign_id",
        [{"campaign_id": name, **{measure: mean(column(rows, measure)) for measure in ("impressions", "clicks", "ctr")}}
         for name, rows in by_campaign.items()], order=[("campaign_id", False)])
    yield Query(
        "SELECT campaign_id, SUM(clicks) / SUM(impressions) AS ctr FROM ctr_by_campaign GROUP BY campaign_id "
        "ORDER BY ctr DESC",
        [{"campaign_id": name, "ctr": ratio(float(sum(column(rows, "clicks"))), sum(column(rows, "impressions")))}
         for name, rows in by_campaign.items()], order=[("ctr", True)])
    yield Query(
        "SELECT device_type, SUM(impressions) AS impressions FROM engagement_by_device GROUP BY device_type",
        [{"device_type": name, "impressions": sum(column(rows, "impressions"))}
         for name, rows in group_by(devices, lambda row: row["device_type"]).items()])
    yield Query(
        "SELECT window_start, device_type, SUM(clicks) AS clicks FROM engagement_by_device "
        "WHERE window_start >= ago('1 hour') GROUP BY window_start, device_type ORDER BY window_start, device_type",
        [{name: row[name] for name in ("window_start", "device_type", "clicks")} for row in devices
         if row["window_start"] >= now - 60 * MINUTE], order=[("window_start", False), ("device_type", False)])
