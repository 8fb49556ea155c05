"""Judges a run of the order system without any code of its own: what its topics hold, read with another client, and
what its services answer, against what the customers were told. Prints a JSON object: violations (none: all is well),
counts."""

import argparse
import base64
import collections
import concurrent.futures
import decimal
import email
import email.policy
import http.client
import json
import pathlib
import re
import threading
import uuid

from topics import Topics, header

parser = argparse.ArgumentParser()
parser.add_argument("--client", required=True, help="the folder with confluent_kafka")
parser.add_argument("--folder", type=pathlib.Path, required=True, help="shop.json, orders.json, the roles' data")
given = parser.parse_args()
shop = json.loads((given.folder / "shop.json").read_text())
asked = json.loads((given.folder / "orders.json").read_text())

violations = []
counts = collections.Counter()
kinds = collections.Counter()


def violation(text):
    """The first few of each kind are told."""
    kind = re.sub(r'[0-9a-f]{8}-[-0-9a-f]{27}|[0-9]+', '#', text)[:30]
    counts["violations"] += 1
    kinds[kind] += 1
    if kinds[kind] <= 3:
        violations.append(text)


def parse(text):
    return json.loads(text, parse_float=decimal.Decimal)


# ---- over HTTP
connections = threading.local()


def get(role, path):
    """Status and body; kept connections, one a thread and role."""
    known = connections.__dict__
    for again in (True, False):
        if role not in known:
            known[role] = http.client.HTTPConnection("127.0.0.1", shop["ports"][role], timeout=20)
        try:
            known[role].request("GET", path)
            answer = known[role].getresponse()
            return answer.status, parse(answer.read())
        except (http.client.HTTPException, OSError):
            known.pop(role).close()
            if not again:
                raise


def get_all(role, paths):
    with concurrent.futures.ThreadPoolExecutor(4) as threads:
        return list(threads.map(lambda path: get(role, path), paths))


# ---- the documented JSON
def is_id(value):
    return isinstance(value, str) and str(uuid.UUID(value)) == value


def is_text(value):
    return isinstance(value, str) and value != ""


def is_count(value):
    return type(value) is int and value > 0


def is_money(value):
    """A number with two decimals, as it is written."""
    return isinstance(value, decimal.Decimal) and value.as_tuple().exponent == -2 and "e" not in str(value).lower()


def is_time(value):
    return re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", value) is not None


def is_list_of(members):
    return lambda value: isinstance(value, list) and value and all(not flaws(members, one) for one in value)


ITEM = {"product_id": is_text, "quantity": is_count, "price": is_money}
SHORTAGE = {"product_id": is_text, "requested": is_count, "available": lambda value: type(value) is int and value >= 0}
ORDER = {"order_id": is_id, "customer_id": is_text}
BOUGHT = {**ORDER, "items": is_list_of(ITEM), "total": is_money}
DOCUMENTED = {
    "order.placed": {**BOUGHT, "created_at": is_time},
    "inventory.reserved": BOUGHT,
    "inventory.rejected": {**ORDER, "reason": lambda value: value in ("insufficient_stock", "unknown_product"),
                           "items": is_list_of(SHORTAGE)},
    "inventory.released": {**ORDER, "items": is_list_of(ITEM)},
    "payment.captured": {**BOUGHT, "payment_id": is_text, "captured_at": is_time},
    "payment.declined": {**BOUGHT, "reason": is_text, "declined_at": is_time},
    "email.sent": {**ORDER, "message_id": is_text, "sent_at": is_time},
}


def flaws(members, value):
    """The members that are not as documented; all of them, and no others, have to be there."""
    if not isinstance(value, dict) or list(value) != list(members):
        return [f"members {value}"]
    return [name for name, fits in members.items() if not fits(value[name])]


def read_events(topic):
    """The events of a topic by order, in the order of the log, each once. A repeat has the id and bytes of the first,
    unless another program wrote it."""
    events = {}
    for one in sorted(log.read(topic), key=lambda one: (one.partition(), one.offset())):
        value = parse(one.value())
        for flaw in flaws(DOCUMENTED[topic], value):
            violation(f"{topic}: {flaw} is not as documented in {one.value()}")
        if one.key() is None or one.key().decode() != value["customer_id"]:
            violation(f"{topic}: the key is {one.key()}, the customer {value['customer_id']}")
        name = header(one, "sluice-id")
        counts[topic] += 1
        order = value["order_id"]
        if order not in events:
            events[order] = (name, value)
            continue
        counts[f"{topic} repeats"] += 1
        if events[order] != (name, value):
            violation(f"{topic}: order {order} has two events: {events[order]} and {(name, value)}")
        elif shop["faultless"]:
            violation(f"{topic}: order {order} is there twice, without any fault")
    return {order: value for order, (_, value) in events.items()}


def cents(value):
    return int(value * 100)


def totalled(items):
    return sum((one["price"] * one["quantity"] for one in items), decimal.Decimal("0.00"))


def check_answers():
    """What customers were told is in the log: 202 surely, 503 surely not; each key is one order."""
    placed_as = collections.defaultdict(set)  # by the first price, which is another in each order
    for order, event in placed.items():
        placed_as[cents(event["items"][0]["price"]) - 1000].add(order)
    for number, one in enumerate(asked):
        found, statuses = placed_as.pop(number, set()), one["statuses"]
        for status in statuses:
            counts[f"answers {status}"] += 1
        for answer in one["bad_answers"]:
            violation(f"order {number} of {one['customer']} was answered {answer}")
        if len(found) > 1:
            violation(f"order {number} was placed as {found}, its key is '{one['key']}', it was answered {statuses}")
        if set(one["ids"]) - found:
            violation(f"order {number} was accepted as {one['ids']}, in the log is {found}")
        if found and set(statuses) == {503}:
            violation(f"order {number} is in the log, although it was answered {statuses}")
        if one["key"] and 202 not in statuses and not one["bad_answers"]:
            violation(f"order {number} was never accepted: {statuses}")
        for order in found:
            event = placed[order]
            items = [[item["product_id"], item["quantity"], cents(item["price"])] for item in event["items"]]
            if (event["customer_id"], items) != (one["customer"], one["items"]):
                violation(f"order {number} is {one}, in the log {event}")
            if event["total"] != totalled(event["items"]):
                violation(f"the total of {event} is wrong")
        counts["accepted"] += 202 in statuses
        counts["with a key"] += one["key"] != ""
        counts["lost"] += 202 in statuses and not found
    for number, orders in placed_as.items():
        violation(f"nobody asked for {orders} ({number})")


def check_chain():
    """Each order takes one way through the services, to its end."""
    if reserved.keys() | rejected.keys() != placed.keys() or reserved.keys() & rejected.keys():
        violation(f"not every order is either reserved or rejected: {some(placed.keys() ^ reserved.keys() ^ rejected.keys())}")
    if captured.keys() | declined.keys() != reserved.keys() or captured.keys() & declined.keys():
        violation(f"not every reserved order is either paid or declined: {some(reserved.keys() ^ captured.keys() ^ declined.keys())}")
    if released.keys() != declined.keys():
        violation(f"not every declined order is released, and no other: {some(released.keys() ^ declined.keys())}")
    if mailed.keys() != placed.keys():
        violation(f"not every order is confirmed, and no other: {some(mailed.keys() ^ placed.keys())}")
    for name, events in [("reserved", reserved), ("captured", captured), ("declined", declined), ("released", released)]:
        for order, event in events.items():
            told = {name: value for name, value in placed.get(order, {}).items() if name in event}
            if {name: event[name] for name in told} != told:
                violation(f"{name} {event} is not what was placed: {told}")
    for order, event in rejected.items():
        unknown = any(item["product_id"] == "SKU-404" for item in placed[order]["items"])
        if (event["reason"] == "unknown_product") != unknown:
            violation(f"{event['reason']} for {placed[order]}")
    check_order(reserved, "reserved")
    check_order(captured, "captured")


def some(names):
    return sorted(names)[:5]


def check_order(events, name):
    """A customer's orders stay in order."""
    before = {order: at for at, order in enumerate(placed)}
    last = {}
    for order, event in events.items():
        customer = event["customer_id"]
        if before.get(order, -1) < last.get(customer, -1):
            violation(f"{name}: {order} of {customer} comes after a later one")
        last[customer] = before.get(order, -1)


def check_status():
    """What customers see: the end that the topics tell of."""
    orders = list(placed)
    for order, (status, body) in zip(orders, get_all("checkout", [f"/orders/{order}" for order in orders])):
        expected = "rejected" if order in rejected else "released" if order in released else "paid"
        if (status, body.get("order_id"), body.get("state")) != (200, order, expected):
            violation(f"order {order} should be {expected}, GET /orders says {status} {body}")
            continue
        counts[expected] += 1
        times = {name for name, value in body["times"].items() if value is not None and is_time(value)}
        passed = {"rejected": {"rejected"}, "paid": {"reserved", "paid"}, "released": {"reserved", "declined", "released"}}
        if times != {"placed", "emailed"} | passed[expected]:
            violation(f"order {order} is {expected} and has the times of {times}")
        if (body["customer_id"], body["total"]) != (placed[order]["customer_id"], placed[order]["total"]):
            violation(f"order {order} is {placed[order]}, GET /orders says {body}")


def initial_stock():
    levels = {}
    for entry in shop["stock"].split(","):
        names, quantity = entry.split("=")
        first, _, last = names.partition("..")
        for number in range(int(first[4:]), int((last or first)[4:]) + 1):
            levels[f"SKU-{number:03}"] = int(quantity)
    return levels


def check_stock():
    """What is held is what is reserved and not released; available and reserved are what there was."""
    held = collections.Counter()
    for events, sign in ((reserved, 1), (released, -1)):
        for event in events.values():
            for item in event["items"]:
                held[item["product_id"]] += sign * item["quantity"]
    levels = initial_stock()
    for (sku, initial), (status, level) in zip(levels.items(), get_all("inventory", [f"/stock/{sku}" for sku in levels])):
        if status != 200 or level["available"] < 0 or level["available"] + level["reserved"] != initial:
            violation(f"{sku}: {initial} at first, now {status} {level}")
        elif level["reserved"] != held[sku]:
            violation(f"{sku}: {held[sku]} are held by orders, {level['reserved']} in the store")
        counts["sold out"] += level.get("available") == 0


def check_money():
    """One charge an order at most; what the provider took is what was captured, and what analytics show."""
    due = sum((event["total"] for event in captured.values()), decimal.Decimal("0.00"))
    units = sum(item["quantity"] for event in captured.values() for item in event["items"])
    orders = list(placed)
    for order, (status, charge) in zip(orders, get_all("payment-provider", [f"/charges/{order}" for order in orders])):
        event = captured.get(order) or declined.get(order)
        if status != (200 if event else 404):
            violation(f"order {order} at the provider: {status} {charge}, in the log {event}")
        elif event:
            outcome = ("captured", event["payment_id"]) if order in captured else ("declined", None)
            if (charge["amount"], charge["status"], charge.get("payment_id")) != (event["total"], *outcome):
                violation(f"order {order} at the provider: {charge}, in the log {event}")
    status, taken = get("payment-provider", "/charges")
    counts.update(charges=taken["captured"] + taken["declined"], captured_cents=cents(due))
    if taken != {"captured": len(captured), "declined": len(declined), "captured_sum": due}:
        violation(f"the provider took {taken}, in the log are {len(captured)} and {len(declined)}, {due}")
    status, report = get("order-analytics", "/analytics/orders")
    totals = report["totals"]
    if (totals["orders"], totals["revenue"], totals["units"]) != (len(captured), due, units):
        violation(f"analytics show {totals}, captured are {len(captured)} orders, {due}, {units} units")
    for parts in ("minutes", "products"):
        if sum(one["revenue"] for one in report[parts]) != due:
            violation(f"the {parts} do not add up to {due}: {report[parts]}")


def check_mails():
    """One confirmation an order reached the mail server; more only of those that were under way when it was killed."""
    seen = collections.Counter()
    for line in (given.folder / "mails.jsonl").read_text().splitlines():
        content = base64.b64decode(json.loads(line)["content"])
        mail = email.message_from_bytes(content, policy=email.policy.SMTPUTF8)
        ids = re.findall(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", mail["Message-ID"])
        text = mail.get_body(("plain",)).get_content()
        order = placed.get(ids[0]) if ids else None
        if order is None or ids[0] not in text or f"Total: {order['total']}" not in text:
            violation(f"a mail confirms no order that was placed: {mail['Message-ID']} {text[:200]}")
            continue
        seen[ids[0]] += 1
        if ids[0] in mailed and mailed[ids[0]]["message_id"] != mail["Message-ID"]:
            violation(f"the mail of {ids[0]} is {mail['Message-ID']}, sent was {mailed[ids[0]]}")
    counts["mails"] = seen.total()
    counts["mails too many"] = seen.total() - len(seen)
    if missing := placed.keys() - seen.keys():
        violation(f"{len(missing)} orders have no mail, for instance {some(missing)}")
    if seen.total() - len(seen) > shop["mails_begun"]:
        violation(f"{seen.total() - len(seen)} mails were sent again, {shop['mails_begun']} had been begun at most")


log = Topics(given.client, shop["bootstrap"], violation)
events = {topic: read_events(topic) for topic in DOCUMENTED}
placed, reserved, rejected = events["order.placed"], events["inventory.reserved"], events["inventory.rejected"]
released, mailed = events["inventory.released"], events["email.sent"]
captured, declined = events["payment.captured"], events["payment.declined"]
for topic in log.names():
    if topic.endswith(".dlt"):
        for letter in log.read(topic):
            counts["dead letters"] += 1
            violation(f"{topic}: {letter.value()} {letter.headers()}")
for check in (check_answers, check_chain, check_status, check_stock, check_money, check_mails):
    check()
print(json.dumps({"violations": violations, "counts": counts}))
