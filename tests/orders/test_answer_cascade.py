"""How large answers become that tell of stop orders: they fit a message, and the room for all."""

import json

from outcry.domain.limits import BOUNDS, DUE_INDEX, LAST_NS
from outcry.domain.order import is_exit
from outcry.log.streams import ANSWER_BYTES_MAX, ANSWER_RATIO
from outcry.wire.executions import read_answer
from outcry.wire.order_id import format_order_id, id_suffix
from tests.orders.test_answer import HEAD_BYTES
from tests.orders.test_answer_size import (
    KEY,
    PRICE,
    QUANTITY,
    longest_venue,
    open_rich,
    send_all,
)
from tests.venue import Venue

PART = "399999999.123456789"
HIGH = "8999999999.999999998"


def test_the_largest_cascade_fits_a_message() -> None:
    """1,000 replaces of brackets, and 1,000 stop-limit orders with brackets that the first of them
    triggers, which change as many orders as an entry may; each of another account, every field at
    its longest: under 8 MB."""
    symbol, other, taker, count = "S" * 32, "R" * 32, "t" * 32, BOUNDS.touches - BOUNDS.due
    venue = longest_venue(BOUNDS, symbol, other)
    makers, owners = ([f"{n:{c}>32}" for n in range(k)] for c, k in (("m", count), ("o", 1_000)))
    everybody = (*makers, *owners, taker)
    for account in everybody:
        open_rich(venue, account, symbol)
    for account in makers:
        deposit = {"account": account, "symbol": symbol, "quantity": "0.123456788"}
        venue.send("account.deposit", deposit)
    ask = {"symbol": symbol, "side": "sell", "price": HIGH, "quantity": "4999999999.987654321"}
    ask["display_quantity"] = PART
    send_all(venue, [ask | {"account": m, "client_order_id": f"{m:x>128}"} for m in makers])
    holding = {"symbol": symbol, "side": "sell", "price": PRICE, "quantity": QUANTITY}
    send_all(venue, [holding | {"account": name} for name in (*owners, taker)])
    holding = {"symbol": other, "side": "buy", "price": PRICE, "quantity": PRICE}
    send_all(venue, [holding | {"account": name} for name in everybody])
    # Each takes two parts and a half, of three or four makers, until no more may change.
    buy = {"symbol": symbol, "side": "buy", "quantity": "1000000000.123456789", "key": KEY}
    buy |= {"time_in_force": "gtd", "good_until": str(LAST_NS - 1)}
    buy |= {"order_class": "bracket", "take_profit": PRICE}
    waits = {"type": "stop_limit", "trigger": "quote", "stop_price": HIGH, "account": taker}
    waits |= {"price": "4999999999.999999999", "stop_loss": "4111111111.123456789"}
    waits |= {"stop_loss_limit": "4111111111.123456788"}
    ids = [f"{n:t>128}" for n in range(1_000)]
    send_all(venue, [buy | waits | {"client_order_id": name} for name in ids])
    settle(venue)
    mark = {"symbol": symbol, "reference_price": "8899999999.987654321"}
    venue.send("instrument.set", mark)
    stops = {"type": "stop_limit", "price": HIGH, "stop_price": "8999999999.987654321"}
    stops |= {"stop_loss": "8888888888.123456789", "stop_loss_limit": "8888888888.123456788"}
    named = [{"account": name, "client_order_id": f"{name:x>128}"} for name in owners]
    send_all(venue, [buy | stops | name for name in named])
    settle(venue)
    open_rich(venue, "q" * 32, symbol)
    bid = {"symbol": symbol, "side": "buy", "price": "8888888888.123456789", "account": "q" * 32}
    send_all(venue, [bid | {"quantity": "8888888888.123456789"}])
    replace = {"op": "replace", "account": taker, "price": HIGH, "expire_at": str(LAST_NS)}
    replace |= {"quantity": buy["quantity"], "key": KEY, "good_until": buy["good_until"]}
    body = [replace | {"client_order_id": n, "new_client_order_id": n.upper()} for n in ids]
    answer = venue.send_bytes("order.created", json.dumps(body).encode())
    executions = read_answer(answer)
    triggered = [one for one in executions if one.op == "stop.triggered"]
    assert [one.index for one in triggered] == [*range(DUE_INDEX, DUE_INDEX + BOUNDS.due)]
    assert sum(len(execution.changed) for execution in executions) == count
    assert executions[-1].order is not None and executions[-1].order.reason == "work_limit"
    assert len(answer) <= ANSWER_BYTES_MAX, f"{len(answer):,} bytes"


def settle(venue: Venue) -> None:
    """Let nobody wait for his turn, and take all exits out: those of a larger entry."""
    while venue.engine.stops.queue:
        venue.send("clock.tick", {})
    opened = venue.engine.venue
    assert opened is not None, "it is open"
    suffix = id_suffix(opened.shard, opened.log_id)
    cancels = [
        {"op": "cancel", "account": one.account, "order_id": format_order_id(number, suffix)}
        for number, one in venue.engine.orders.items()
        if is_exit(one.order_id)
    ]
    send_all(venue, cancels)


def test_stop_orders_are_answered_in_proportion() -> None:
    """The shortest there are, each told when it comes and when it is triggered, and filled by a
    maker of its own: the room for answers has room for them."""
    venue = longest_venue(BOUNDS, "A")
    for account in ("demo", "b"):
        open_rich(venue, account, "A")
    sell = b'{"symbol":"A","side":"sell","quantity":1,"price":1}'
    stop = sell.replace(b'sell"', b'buy","type":"stop","account":"b"').replace(b"pri", b"stop_pri")
    buy = sell.replace(b"sell", b"buy")
    room = size = 0
    for orders in ([stop] * 999, [sell] * 1_000, [buy.replace(b"}", b',"account":"b"}')]):
        body = b"[" + b",".join(orders) + b"]"
        size += len(venue.send_bytes("order.created", body))
        room += ANSWER_RATIO * (len(body) + HEAD_BYTES)
    assert not venue.engine.orders and not venue.engine.stops.queue
    assert size <= room, size / room


def test_exits_are_answered_in_proportion() -> None:
    """The shortest orders there are, each of which fills a piece of one bracket, whose exit moves
    each time: the room for answers has room for them."""
    venue = longest_venue(BOUNDS, "A")
    owner = "b" * 32
    for account in ("demo", owner):
        open_rich(venue, account, "A")
    bracket = {"symbol": "A", "side": "buy", "quantity": "5000", "price": "1.123456789"}
    bracket |= {"account": owner, "client_order_id": "y" * 128, "order_class": "bracket"}
    bracket |= {"take_profit": HIGH, "stop_loss": "1.023456789", "stop_loss_limit": "1.023456788"}
    bracket |= {"time_in_force": "gtd", "good_until": str(LAST_NS - 1)}
    send_all(venue, [bracket])
    body = b"[" + b",".join([b'{"symbol":"A","side":"sell","quantity":1,"price":1}'] * 1_000) + b"]"
    size = len(venue.send_bytes("order.created", body))
    assert size <= (room := ANSWER_RATIO * (len(body) + HEAD_BYTES)), size / room
