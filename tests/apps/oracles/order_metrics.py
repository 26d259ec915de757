# SPDX-License-Identifier: Apache-2.0
"""order_metrics, recomputed from the list of its messages."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import disorder
from common import (EPOCH, MINUTE, SECOND, Malformed, Query, Watermark, floor_to, group_by, integer, read_stream, total)

ADDRESS = {"street": "S", "city": "S", "state": "S", "zipcode": "S"}
SCHEMA = {
    "order_id": "S", "time_ms": "E", "timestamp": "S",
    "customer": {"customer_id": "S", "name": "S", "email": "S", "city": "S", "state": "S", "zipcode": "S"},
    "line_items": [{"product": {"product_id": "S", "name": "S", "category": "S", "price": "D", "stock": "L",
                                "out_of_stock": "B"}, "quantity": "L", "free_qty": "L"}],
    "coupon_codes": [{"name": "S"}], "order_total": "D", "currency": "S", "risk_score": "L", "fraud_flag": "B",
    "delivered": "S", "refunded": "S", "shipping_address": ADDRESS, "billing_address": ADDRESS, "payment_method": "S",
    "payment_status": "S", "shipping_status": "S", "loyalty_tier": "S",
}
STREAMS = {"orders": SCHEMA}
TABLES = {
    "order_windows": ("window_start", "window_end", "orders", "distinct_orders", "revenue", "fraud", "delivered",
                      "refunded"),
    "orders": ("order_id", "line", "time_ms", "customer_id", "customer_state", "shipping_address_city",
               "shipping_address_state", "order_total", "productsOrdered", "totalQuantity", "fraud_flag", "delivered",
               "refunded", "line_items.product.name", "line_items.product.category", "line_items.product.price",
               "line_items.quantity", "coupon_codes.name"),
    "order_summary": ("order_id", "customer_id", "time_ms", "order_total", "productsOrdered", "totalQuantity"),
}
SIZE, HOP, LATENESS = MINUTE, SECOND, 5 * MINUTE


# Input --------------------------------------------------------------------------------------------------------------

def order(rng, name):
    fraud = rng.random() < 0.2
    items = []
    for _ in range(rng.choice([1, 1, 2, 3, 4, 7, 9])):
        product = rng.randrange(8)
        items.append({"product": {"product_id": f"p{product}",
                                  "name": rng.choice([f"Item {product}", f"Été {product}"]),
                                  "category": rng.choice(["toys", "books", "garden"]),
                                  "price": rng.choice([3, 9.99, 0.1]), "stock": rng.randint(0, 9),
                                  "out_of_stock": rng.random() < 0.1},
                      "quantity": rng.choice([1, 2, 3, 0, -1, 10**12]), "free_qty": rng.randint(0, 1)})
    if rng.random() < 0.01:
        items = [{**item, "quantity": 2**63 - 1} for item in (items[0], items[-1])]
    address = {"street": "Main", "city": rng.choice(["Springfield", "São Paulo", ""]),
               "state": rng.choice(["NY", "CA"]), "zipcode": "01234"}
    return {
        "order_id": name, "time_ms": 0, "timestamp": "whatever",
        "customer": {"customer_id": f"c{rng.randrange(5)}", "name": rng.choice(disorder.TEXTS), "email": "a@b",
                     "city": "Here", "state": rng.choice(["NY", "TX"]), "zipcode": "1"},
        "line_items": items,
        "coupon_codes": [{"name": code} for code in rng.choices(["SAVE", "10%", "é"], k=rng.choice([0, 1, 2, 2, 5]))],
        "order_total": rng.choice([10, 20.5, 20.5, 0.1, 99.99, 1e9, -1.25]), "currency": "USD",
        "risk_score": rng.randint(92, 100) if fraud else rng.randint(0, 91), "fraud_flag": fraud != (rng.random() < 0.02),
        "delivered": rng.choice(["yes", "no", "YES", "No", "Yes", "yEs", "yes ", "maybe"]),
        "refunded": rng.choice(["yes", "no", "YES", "No", "nO"]), "shipping_address": address,
        "billing_address": dict(address), "payment_method": "card", "payment_status": "paid", "shipping_status": "sent",
        "loyalty_tier": "gold",
    }


def generate(rng, size):
    start = disorder.start_time(rng)
    times = disorder.Times(rng, start, 0, MINUTE if rng.random() < 0.5 else SECOND, LATENESS)
    messages, bodies = [], {}
    for _ in range(size):
        name = f"o{rng.randrange(size // 4 + 1)}"
        if name not in bodies or rng.random() < 0.3:  # a new body: other lines, often fewer
            bodies[name] = order(rng, name)
        message = {**bodies[name], "time_ms": times()}
        messages.append(message)
        if rng.random() < 0.05:  # the same moment, another body: the later arrival is the newer version
            messages.append({**order(rng, name), "time_ms": message["time_ms"]})
    for message in messages:
        if rng.random() < 0.01:
            message["line_items"] = []
    return {"orders": disorder.stream(rng, SCHEMA, messages)}


# Tables -------------------------------------------------------------------------------------------------------------

def check_order(event):
    if not event["line_items"]:
        raise Malformed("no line items")
    integer(sum(item["quantity"] for item in event["line_items"]))


def lower_case(text):
    """Of "yes" and "no", the only texts there should be."""
    return text.lower() if text.lower() in ("yes", "no") else text


def tables(inputs, books):
    watermark = Watermark(0)
    windows, newest = {}, {}
    for event in read_stream("orders", SCHEMA, inputs["orders"], books, check=check_order):
        time, late_for = event["time_ms"], 0
        last = floor_to(time, HOP)
        for start in range(last - SIZE + HOP, last + HOP, HOP):
            if start + SIZE + LATENESS <= watermark.value:
                late_for += 1
            else:
                windows.setdefault(start, []).append(event)
        books.late += late_for == SIZE // HOP
        watermark.observe(time)
        if event["order_id"] not in newest or newest[event["order_id"]]["time_ms"] <= time:
            newest[event["order_id"]] = event
    return {
        "order_windows": [window_row(start, events) for start, events in windows.items()],
        "orders": [row for event in newest.values() for row in order_rows(event)],
        "order_summary": [summary_row(event) for event in newest.values()],
    }


def window_row(start, events):
    return {"window_start": start, "window_end": start + SIZE, "orders": len(events),
            "distinct_orders": len({event["order_id"] for event in events}),
            "revenue": total(event["order_total"] for event in events),
            "fraud": sum(event["fraud_flag"] for event in events),
            "delivered": sum(event["delivered"].lower() == "yes" for event in events),
            "refunded": sum(event["refunded"].lower() == "yes" for event in events)}


def summary_row(event):
    return {"order_id": event["order_id"], "customer_id": event["customer"]["customer_id"], "time_ms": event["time_ms"],
            "order_total": event["order_total"], "productsOrdered": len(event["line_items"]),
            "totalQuantity": sum(item["quantity"] for item in event["line_items"])}


def order_rows(event):
    for line, item in enumerate(event["line_items"]):
        yield {"order_id": event["order_id"], "line": line, "time_ms": event["time_ms"],
               "customer_id": event["customer"]["customer_id"], "customer_state": event["customer"]["state"],
               "shipping_address_city": event["shipping_address"]["city"],
               "shipping_address_state": event["shipping_address"]["state"], "order_total": event["order_total"],
               "productsOrdered": len(event["line_items"]),
               "totalQuantity": sum(other["quantity"] for other in event["line_items"]),
               "fraud_flag": "true" if event["fraud_flag"] else "false", "delivered": lower_case(event["delivered"]),
               "refunded": lower_case(event["refunded"]), "line_items.product.name": [item["product"]["name"]],
               "line_items.product.category": [item["product"]["category"]],
               "line_items.product.price": [item["product"]["price"]], "line_items.quantity": [item["quantity"]],
               "coupon_codes.name": [coupon["name"] for coupon in event["coupon_codes"]]}


# Dashboard ----------------------------------------------------------------------------------------------------------

NEW_YORK = ZoneInfo("America/New_York")


def new_york(milliseconds):
    local = (EPOCH + timedelta(milliseconds=milliseconds)).astimezone(NEW_YORK)
    return local.strftime("%Y-%m-%d %H:%M:%S").rjust(19, "0")


def queries(found, now):
    rows = found["orders"]
    last_minute = [row for row in rows if row["time_ms"] > now - MINUTE]
    minute_before = [row for row in rows if now - 2 * MINUTE < row["time_ms"] <= now - MINUTE]

    def orders(of):
        return len({row["order_id"] for row in of})

    def distinct_total(of):
        return total({row["order_total"] for row in of})

    for condition, keep in (("", lambda row: True),
                            (" AND refunded = 'yes'", lambda row: row["refunded"] == "yes"),
                            (" AND delivered = 'yes'", lambda row: row["delivered"] == "yes"),
                            (" AND fraud_flag = TRUE", lambda row: row["fraud_flag"] == "true")):
        new, old = [list(filter(keep, of)) for of in (last_minute, minute_before)]
        within = f"FILTER (WHERE time_ms > ago('PT1M'){condition})"
        before = f"FILTER (WHERE time_ms <= ago('PT1M') AND time_ms > ago('PT2M'){condition})"
        yield Query(
            f"SELECT COUNT(DISTINCT order_id) {within} AS orders1Min, COUNT(DISTINCT order_id) {before} AS "
            f"orders1Min2Min, SUM(DISTINCT order_total) {within} AS total1Min, "
            f"SUM(DISTINCT order_total) {before} AS total1Min2Min FROM orders",
            [{"orders1Min": orders(new), "orders1Min2Min": orders(old), "total1Min": distinct_total(new),
              "total1Min2Min": distinct_total(old)}])
    for column in ("line_items.product.name", "line_items.product.category"):
        yield Query(
            f"SELECT {column} AS item, COUNT(DISTINCT order_id) AS orders, SUMMV(line_items.quantity) AS quantity "
            f"FROM orders WHERE time_ms > ago('PT1M') GROUP BY {column} ORDER BY orders DESC, quantity DESC LIMIT 5",
            [{"item": item, "orders": orders(group), "quantity": sum(row["line_items.quantity"][0] for row in group)}
             for item, group in group_by(last_minute, lambda row: row[column][0]).items()],
            order=[("orders", True), ("quantity", True)], limit=5)
    yield Query(
        "SELECT ToDateTime(DATETRUNC('MINUTE', time_ms, 'MILLISECONDS'), 'yyyy-MM-dd HH:mm:ss', 'America/New_York') AS "
        "dateMin, COUNT(DISTINCT order_id) AS orders, SUM(DISTINCT order_total) AS total FROM orders "
        "GROUP BY dateMin ORDER BY dateMin LIMIT 60",
        [{"dateMin": text, "orders": orders(group), "total": distinct_total(group)} for text, group in group_by(
            rows, lambda row: new_york(floor_to(row["time_ms"], MINUTE))).items()],
        order=[("dateMin", False)], limit=60)
    yield Query(
        "SELECT ToDateTime(MAX(time_ms), 'yyyy-MM-dd HH:mm:ss', 'America/New_York') AS lastUpdate, order_id, "
        "customer_id, MAX(order_total) AS total FROM orders "
        "GROUP BY order_id, customer_id ORDER BY lastUpdate DESC LIMIT 10",
        [{"lastUpdate": new_york(row["time_ms"]), "order_id": row["order_id"], "customer_id": row["customer_id"],
          "total": row["order_total"]} for row in found["order_summary"]], order=[("lastUpdate", True)], limit=10)
    coupons = [(code, row) for row in last_minute for code in row["coupon_codes.name"]]
    yield Query(
        "SELECT coupon_codes.name AS coupon, COUNT(DISTINCT order_id) AS orders FROM orders "
        "WHERE time_ms > ago('PT1M') GROUP BY coupon_codes.name ORDER BY orders DESC LIMIT 5",
        [{"coupon": code, "orders": orders(row for _, row in group)}
         for code, group in group_by(coupons, lambda pair: pair[0]).items()], order=[("orders", True)], limit=5)
    for column in ("shipping_address_city", "shipping_address_state"):
        yield Query(
            f"SELECT {column}, COUNT(DISTINCT order_id) AS orders, SUM(DISTINCT order_total) AS total FROM orders "
            f"WHERE time_ms > ago('PT1M') GROUP BY {column} ORDER BY orders DESC, total DESC LIMIT 5",
            [{column: place, "orders": orders(group), "total": distinct_total(group)}
             for place, group in group_by(last_minute, lambda row: row[column]).items()],
            order=[("orders", True), ("total", True)], limit=5)
