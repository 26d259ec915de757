# SPDX-License-Identifier: Apache-2.0
"""shoe_store, recomputed as the batch join of its final tables."""

import disorder
from common import DAY, HOUR, Query, floor_to, group_by, mean, read_stream

STREAMS = {
    "products": {"id": "S", "brand": "S", "name": "S", "sale_price": "L", "rating": "D"},
    "users": {"id": "S", "first_name": "S", "last_name": "S", "email": "S?", "phone": "S?", "street_address": "S?",
              "state": "S?", "zip_code": "S?", "country": "S?"},
    "sales": {"order_id": "L", "product_id": "S", "customer_id": "S", "ts": "E"},
    "views": {"product_id": "S", "user_id": "S", "view_time": "L", "page_url": "S", "ip": "S?", "ts": "E?"},
}
TABLES = {
    "product_dashboard": ("view", "product_id", "user_id", "first_name", "last_name", "state", "product_name", "brand",
                          "sale_price", "order_id", "order_date", "customer_id", "view_time", "view_ts"),
    "sales_enriched": ("order_id", "order_date", "customer_id", "first_name", "last_name", "state", "product_id",
                       "product_name", "brand", "sale_price"),
    "view_hours": ("hour", "views"),
}


# Input --------------------------------------------------------------------------------------------------------------

def generate(rng, size):
    start = disorder.start_time(rng)
    products, users, sales, views = [], [], [], []
    for _ in range(size // 6):  # the feed repeats rows, and sometimes they have changed
        number = rng.randrange(9)
        products.append({"id": f"p{number}", "brand": rng.choice(["Nike", "Été", ""]),
                         "name": f"Shoe {rng.randrange(3)}",
                         "sale_price": rng.choice([number * 100, 0, -1, 12_345]), "rating": rng.choice([4, 4.5])})
        user = {"id": f"u{rng.randrange(9)}", "first_name": rng.choice(disorder.TEXTS), "last_name": "L"}
        for name in ("email", "phone", "street_address", "state", "zip_code", "country"):
            if rng.random() < 0.7:
                user[name] = rng.choice(["NY", "CA", "é", None])
        users.append(user)
    for number in range(size // 3):
        order = rng.choice([number, number, -number, 2**63 - 1 - number])
        sale = {"order_id": order, "product_id": f"p{rng.randrange(14)}", "customer_id": f"u{rng.randrange(12)}",
                "ts": start + number * rng.choice([0, 100_000, DAY])}
        sales.append(sale)
        if rng.random() < 0.15:  # a correction of an order, or a version of it that is out of date
            earlier = rng.choice(sales)
            sales.append({**earlier, "product_id": f"p{rng.randrange(14)}", "customer_id": f"u{rng.randrange(12)}",
                          "ts": earlier["ts"] + rng.choice([0, 0, 1, DAY, -1])})
    for number in range(size // 2):
        view = {"product_id": f"p{rng.randrange(14)}", "user_id": f"u{rng.randrange(12)}",
                "view_time": rng.randint(-5, 999),
                "page_url": rng.choice(disorder.TEXTS), "ip": rng.choice(["::1", None]),
                "ts": rng.choice([None, start + number * 10_000, start - number * HOUR - 1, start + number * HOUR])}
        for name in ("ip", "ts"):
            if view[name] is None and rng.random() < 0.5:
                del view[name]
        views.append(view)
        if rng.random() < 0.05:
            views.append(dict(view))
    rows = {"products": products, "users": users, "sales": sales, "views": views}
    emptied = rng.choice([None, None, None, *rows])
    return {name: disorder.stream(rng, STREAMS[name], [] if name == emptied else list_of)
            for name, list_of in rows.items()}


# Tables -------------------------------------------------------------------------------------------------------------

def tables(inputs, books):
    read = {name: read_stream(name, schema, inputs[name], books) for name, schema in STREAMS.items()}
    products = {row["id"]: row for row in read["products"]}
    users = {row["id"]: row for row in read["users"]}
    sales = {}
    for row in read["sales"]:  # the newest by its time, of equals the one that came last
        if row["order_id"] not in sales or sales[row["order_id"]]["ts"] <= row["ts"]:
            sales[row["order_id"]] = row
    sold = group_by(sales.values(), lambda row: row["product_id"])
    nobody, nothing = dict.fromkeys(STREAMS["users"]), dict.fromkeys(STREAMS["products"])
    no_sale = dict.fromkeys(STREAMS["sales"])

    dashboard = []
    for view in read["views"]:
        user, product = users.get(view["user_id"], nobody), products.get(view["product_id"], nothing)
        for sale in sold.get(view["product_id"], [no_sale]):
            dashboard.append({
                "view": view["#line"], "product_id": view["product_id"], "user_id": view["user_id"],
                **{name: user[name] for name in ("first_name", "last_name", "state")},
                "product_name": product["name"], "brand": product["brand"], "sale_price": product["sale_price"],
                "order_id": sale["order_id"], "order_date": sale["ts"], "customer_id": sale["customer_id"],
                "view_time": view["view_time"], "view_ts": view["ts"]})
    enriched = []
    for sale in sales.values():
        user, product = users.get(sale["customer_id"], nobody), products.get(sale["product_id"], nothing)
        enriched.append({
            "order_id": sale["order_id"], "order_date": sale["ts"], "customer_id": sale["customer_id"],
            **{name: user[name] for name in ("first_name", "last_name", "state")}, "product_id": sale["product_id"],
            "product_name": product["name"], "brand": product["brand"], "sale_price": product["sale_price"]})
    hours = group_by([view for view in read["views"] if view["ts"] is not None], lambda view: view["ts"] % DAY // HOUR)
    return {"product_dashboard": dashboard, "sales_enriched": enriched,
            "view_hours": [{"hour": hour, "views": len(group)} for hour, group in hours.items()]}


# Dashboard ----------------------------------------------------------------------------------------------------------

def queries(found, now):
    dashboard, sales = found["product_dashboard"], found["sales_enriched"]

    def distinct(rows, name):
        return len({row[name] for row in rows} - {None})

    def revenue(rows):
        prices = [row["sale_price"] for row in rows if row["sale_price"] is not None]
        return sum(prices)

    def price(rows):
        return mean([row["sale_price"] for row in rows if row["sale_price"] is not None])

    yield Query("SELECT COUNT(DISTINCT product_id) AS products FROM product_dashboard",
                [{"products": distinct(dashboard, "product_id")}])
    yield Query("SELECT AVG(sale_price) AS price FROM sales_enriched", [{"price": price(sales)}])
    yield Query(
        "SELECT state, COUNT(DISTINCT customer_id) AS customers FROM sales_enriched GROUP BY state "
        "ORDER BY customers DESC",
        [{"state": state, "customers": distinct(rows, "customer_id")}
         for state, rows in group_by(sales, lambda row: row["state"]).items()], order=[("customers", True)])
    yield Query(
        "SELECT brand, SUM(sale_price) AS revenue FROM sales_enriched GROUP BY brand ORDER BY revenue DESC",
        [{"brand": brand, "revenue": revenue(rows)}
         for brand, rows in group_by(sales, lambda row: row["brand"]).items()], order=[("revenue", True)])
    yield Query(
        "SELECT DATETRUNC('DAY', order_date) AS day, COUNT(*) AS sales, SUM(sale_price) AS revenue FROM sales_enriched "
        "GROUP BY DATETRUNC('DAY', order_date) ORDER BY day",
        [{"day": day, "sales": len(rows), "revenue": revenue(rows)}
         for day, rows in group_by(sales, lambda row: floor_to(row["order_date"], DAY)).items()],
        order=[("day", False)])
    yield Query("SELECT hour, views FROM view_hours ORDER BY hour", found["view_hours"], order=[("hour", False)])
    yield Query(
        "SELECT customer_id, first_name, last_name, COUNT(DISTINCT order_id) AS orders FROM sales_enriched "
        "GROUP BY customer_id, first_name, last_name ORDER BY orders DESC LIMIT 10",
        [{"customer_id": customer, "first_name": first, "last_name": last, "orders": distinct(rows, "order_id")}
         for (customer, first, last), rows in group_by(
             sales, lambda row: (row["customer_id"], row["first_name"], row["last_name"])).items()],
        order=[("orders", True)], limit=10)
    yield Query(
        "SELECT product_name, SUM(sale_price) AS revenue, COUNT(*) AS sales FROM sales_enriched "
        "WHERE product_name IS NOT NULL GROUP BY product_name ORDER BY revenue DESC LIMIT 10",
        [{"product_name": name, "revenue": revenue(rows), "sales": len(rows)} for name, rows in group_by(
            [row for row in sales if row["product_name"] is not None], lambda row: row["product_name"]).items()],
        order=[("revenue", True)], limit=10)
    yield Query(
        "SELECT EXTRACT(hour FROM view_ts) AS hour, COUNT(DISTINCT view) AS views FROM product_dashboard "
        "WHERE view_ts IS NOT NULL GROUP BY EXTRACT(hour FROM view_ts) ORDER BY hour",
        found["view_hours"], order=[("hour", False)])
