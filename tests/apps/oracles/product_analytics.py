# SPDX-License-Identifier: Apache-2.0
"""product_analytics, recomputed from the list of its events."""

import disorder
from common import (DAY, HOUR, MINUTE, SECOND, Query, Watermark, floor_to, greatest, group_by, ratio, read_stream,
                    total)

SCHEMA = {
    "event_id": "S", "event_timestamp": "T", "event_type": "S", "user_id": "S", "session_id": "S", "device_type": "S",
    "os": "S", "browser": "S", "location": "S", "page_url": "S?", "referrer_url": "S?", "time_spent": "D?",
    "product_id": "S?", "product_name": "S?", "product_category": "S?", "price": "D?", "quantity": "L?",
    "order_id": "S?", "total_amount": "D?",
}
STREAMS = {"raw-events": SCHEMA}
TABLES = {
    "active_users": ("window_start", "window_end", "active_users"),
    "product_analytics": ("product_id", "product_name", "product_category", "view_count", "cart_adds", "purchases",
                          "revenue", "update_time"),
    "product_minutes": ("product_id", "product_category", "window_start", "window_end", "view_count", "cart_adds",
                        "purchases", "revenue"),
    "user_sessions": ("session_id", "user_id", "session_start", "session_end", "page_views", "product_views",
                      "cart_adds", "purchases", "total_spent"),
    "visits": ("user_id", "visit_start", "visit_end", "events", "purchases"),
    "conversion_funnel": ("product_category", "step", "step_name", "users"),
    "retention": ("cohort", "day", "users"),
}
STEPS = ("product_view", "add_to_cart", "purchase")
OUT_OF_ORDERNESS, VISIT_GAP, FUNNEL_WITHIN = 5 * SECOND, 30 * MINUTE, HOUR


# Input --------------------------------------------------------------------------------------------------------------

CATEGORIES = ("Electronics", "Clothing", "Home & Garden", "Bücher")


def generate(rng, size):
    times = disorder.Times(rng, disorder.start_time(rng), OUT_OF_ORDERNESS, MINUTE)
    users = [f"u{i}" for i in range(rng.choice([2, 6, 20]))] + ["Zoë", "😀"]
    events, ids = [], []
    while len(events) < size:
        time = times()
        user = rng.choice(users)
        kind = rng.choice(["page_view", "product_view", "product_view", "add_to_cart", "purchase"])
        if rng.random() < 0.03:  # an event nobody has heard of is one all the same
            kind = rng.choice(["search", "Purchase", "", "refund"])
        event = {
            "event_id": f"e{len(events)}", "event_timestamp": time, "event_type": kind, "user_id": user,
            "session_id": f"{user}/{floor_to(time, 2 * HOUR)}", "device_type": rng.choice(["desktop", "mobile"]),
            "os": "os", "browser": rng.choice(disorder.TEXTS), "location": rng.choice(disorder.TEXTS),
        }
        if kind not in STEPS and rng.random() < 0.8:  # the others name a product, too
            event |= {"page_url": "/", "referrer_url": rng.choice([None, "/home"])}
            if rng.random() < 0.5:
                event["time_spent"] = rng.choice([1, 2.5, None])
        else:
            product = rng.randrange(12)
            event |= {"product_id": f"p{product}",
                      "product_name": f"Product {product}" + rng.choice(["", "", " é", " z"]),
                      "product_category": CATEGORIES[product % 4], "price": rng.choice([5, 19.99, 0.1])}
        if kind in STEPS[1:]:
            event["quantity"] = rng.randint(1, 5)
        if kind == "purchase":
            event |= {"order_id": f"o{len(events)}", "total_amount": rng.choice([10, 0.1, 59.97, 1e15, 1e-9, -3.5])}
        if rng.random() < 0.02 and kind != "page_view":  # fields of some events are required in none
            event.pop(rng.choice(["product_name", "price", "product_id"]), None)
        if rng.random() < 0.08 and ids:
            event["event_id"] = rng.choice(ids[-30:])  # the identifier again, whatever else it says
        ids.append(event["event_id"])
        events.append(event)
        if rng.random() < 0.05:
            events.append(dict(event))
    for event in events:
        event["event_timestamp"] = disorder.iso(rng, event["event_timestamp"])
    return {"raw-events": disorder.stream(rng, SCHEMA, events)}


# Tables -------------------------------------------------------------------------------------------------------------

def tables(inputs, books):
    watermark = Watermark(OUT_OF_ORDERNESS)
    first_seen, events, in_minutes, sessions = {}, [], [], Sessions()
    for event in read_stream("raw-events", SCHEMA, inputs["raw-events"], books):
        now, time, name = watermark.value, event["event_timestamp"], event["event_id"]
        watermark.observe(time)
        if name in first_seen and max(now, time) < first_seen[name] + DAY:
            books.duplicates += 1
            continue
        first_seen[name] = time
        event["#arrival"] = len(events)
        events.append(event)
        if floor_to(time, MINUTE) + MINUTE <= now:
            books.late += 1 + (event["product_id"] is not None)
        else:
            in_minutes.append(event)
        if not sessions.add(event, now):
            books.late += 1
    products = [event for event in events if event["product_id"] is not None]
    return {
        "active_users": active_users(in_minutes),
        "product_analytics": [product_row(product, group) for product, group in by(products, "product_id").items()],
        "product_minutes": product_minutes([event for event in in_minutes if event["product_id"] is not None]),
        "user_sessions": [session_row(session, group) for session, group in by(events, "session_id").items()],
        "visits": [visit_row(visit) for visit in sessions.visits],
        "conversion_funnel": conversion_funnel(events),
        "retention": retention(events),
    }


def by(events, name):
    return group_by(events, lambda event: event[name])


def minute(event):
    return floor_to(event["event_timestamp"], MINUTE)


def count(events, kind):
    return sum(event["event_type"] == kind for event in events)


def spent(events):
    return total(event["total_amount"] or 0.0 for event in events if event["event_type"] == "purchase")


def times(events):
    return [event["event_timestamp"] for event in events]


def active_users(events):
    return [{"window_start": start, "window_end": start + MINUTE, "active_users": len(by(group, "user_id"))}
            for start, group in group_by(events, minute).items()]


def measures(events):
    return {"view_count": count(events, "product_view"), "cart_adds": count(events, "add_to_cart"),
            "purchases": count(events, "purchase"), "revenue": spent(events)}


def product_row(product, events):
    return {"product_id": product, "product_name": greatest(event["product_name"] for event in events),
            "product_category": greatest(event["product_category"] for event in events), **measures(events),
            "update_time": max(times(events))}


def product_minutes(events):
    return [{"product_id": product, "product_category": greatest(event["product_category"] for event in group),
             "window_start": start, "window_end": start + MINUTE, **measures(group)}
            for (product, start), group in group_by(events, lambda e: (e["product_id"], minute(e))).items()]


def session_row(session, events):
    return {"session_id": session, "user_id": greatest(event["user_id"] for event in events),
            "session_start": min(times(events)), "session_end": max(times(events)),
            "page_views": count(events, "page_view"), "product_views": count(events, "product_view"),
            "cart_adds": count(events, "add_to_cart"), "purchases": count(events, "purchase"),
            "total_spent": spent(events)}


class Sessions:
    """Visits as lists of events. One that the watermark has passed is complete, and nothing joins it any more."""

    def __init__(self):
        self.visits = []

    def add(self, event, watermark):
        """False when the event is late: the visit it would be in is complete already."""
        time = event["event_timestamp"]
        joined = [visit for visit in self.visits
                  if visit[0]["user_id"] == event["user_id"] and max(times(visit)) + VISIT_GAP >= watermark
                  and min(times(visit)) - VISIT_GAP <= time <= max(times(visit)) + VISIT_GAP]
        if not joined and time + VISIT_GAP < watermark:
            return False
        self.visits = [visit for visit in self.visits if not any(visit is other for other in joined)]
        self.visits.append([event] + [other for visit in joined for other in visit])
        return True


def visit_row(events):
    return {"user_id": events[0]["user_id"], "visit_start": min(times(events)), "visit_end": max(times(events)),
            "events": len(events), "purchases": count(events, "purchase")}


def funnel_level(events):
    """The longest chain of a user, from every start, each step taken as early as it can be."""
    steps = sorted((event["event_timestamp"], STEPS.index(event["event_type"]), event["#arrival"]) for event in events
                   if event["event_type"] in STEPS)
    best = 0
    for place, (start, step, _) in enumerate(steps):
        if step != 0:
            continue
        level = 1
        for time, later_step, _ in steps[place + 1:]:
            if level < len(STEPS) and later_step == level and time - start <= FUNNEL_WITHIN:
                level += 1
        best = max(best, level)
    return best


def conversion_funnel(events):
    rows = []
    named = [event for event in events if event["product_category"] is not None]
    for category, group in by(named, "product_category").items():
        levels = [funnel_level(of_user) for of_user in by(group, "user_id").values()]
        rows += [{"product_category": category, "step": step + 1, "step_name": name,
                  "users": sum(level > step for level in levels)} for step, name in enumerate(STEPS)]
    return rows


def retention(events):
    users = set()
    for user, group in by(events, "user_id").items():
        cohort = floor_to(min(times(group)), DAY)
        users |= {(cohort, (floor_to(time, DAY) - cohort) // DAY, user) for time in times(group)}
    return [{"cohort": cohort, "day": day, "users": len(group)}
            for (cohort, day), group in group_by(users, lambda entry: entry[:2]).items()]


# Dashboard ----------------------------------------------------------------------------------------------------------

def sums(rows):
    return {name: sum(row[name] for row in rows) for name in ("view_count", "cart_adds", "purchases")}


def queries(found, now):
    products, minutes = found["product_analytics"], found["product_minutes"]

    def percentages(rows):
        s = sums(rows)
        return {"view_to_cart": ratio(float(s["cart_adds"]), s["view_count"], 100.0),
                "cart_to_purchase": ratio(float(s["purchases"]), s["cart_adds"], 100.0)}

    def revenue(rows):
        return total(row["revenue"] for row in rows)

    yield Query(
        "SELECT SUM(view_count) AS view_count, SUM(cart_adds) AS cart_adds, SUM(purchases) AS purchases, "
        "SUM(revenue) AS revenue FROM product_analytics", [{**sums(products), "revenue": revenue(products)}])
    yield Query(
        "SELECT product_name, product_category, SUM(view_count) AS view_count, SUM(cart_adds) AS cart_adds, "
        "SUM(purchases) AS purchases, SUM(revenue) AS revenue, SUM(cart_adds) * 100.0 / SUM(view_count) AS "
        "view_to_cart, SUM(purchases) * 100.0 / SUM(cart_adds) AS cart_to_purchase FROM product_analytics "
        "GROUP BY product_name, product_category ORDER BY revenue DESC LIMIT 10",
        [{"product_name": name, "product_category": category, **sums(rows), "revenue": revenue(rows),
          **percentages(rows)}
         for (name, category), rows in group_by(
             products, lambda row: (row["product_name"], row["product_category"])).items()],
        order=[("revenue", True)], limit=10)
    yield Query(
        "SELECT window_start, SUM(revenue) AS revenue FROM product_minutes GROUP BY window_start ORDER BY window_start",
        [{"window_start": start, "revenue": revenue(rows)} for start, rows in by(minutes, "window_start").items()],
        order=[("window_start", False)])
    yield Query(
        "SELECT product_category, SUM(view_count) AS view_count, SUM(cart_adds) AS cart_adds, "
        "SUM(purchases) AS purchases, SUM(revenue) AS revenue FROM product_analytics "
        "GROUP BY product_category ORDER BY product_category",
        [{"product_category": category, **sums(rows), "revenue": revenue(rows)}
         for category, rows in by(products, "product_category").items()], order=[("product_category", False)])
    updates = sorted(row["update_time"] for row in products) or [0]
    low, high = updates[len(updates) // 3], updates[len(updates) * 2 // 3]
    yield Query(
        f"SELECT product_id, revenue FROM product_analytics WHERE update_time BETWEEN {low} AND {high}",
        [{"product_id": row["product_id"], "revenue": row["revenue"]} for row in products
         if low <= row["update_time"] <= high])
    yield Query(
        "SELECT product_category, step, step_name, users FROM conversion_funnel "
        "ORDER BY product_category ASC NULLS LAST, step DESC",
        found["conversion_funnel"], order=[("product_category", False), ("step", True)])
    yield Query(
        "SELECT COUNT(*) AS n, COUNT(DISTINCT user_id) AS users, AVG(events) AS mean, "
        "MAX(visit_end - visit_start) AS longest FROM visits",
        [{"n": len(found["visits"]), "users": len(by(found["visits"], "user_id")),
          "mean": ratio(float(sum(row["events"] for row in found["visits"])), len(found["visits"])),
          "longest": max((row["visit_end"] - row["visit_start"] for row in found["visits"]), default=None)}])
