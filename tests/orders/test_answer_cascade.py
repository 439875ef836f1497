"""How large answers become that tell of stop orders: they fit a message, and the room for all."""

import json

from outcry.domain.limits import BOUNDS, DUE_INDEX, LAST_NS
from outcry.log.streams import ANSWER_BYTES_MAX, ANSWER_RATIO
from outcry.wire.executions import read_answer
from tests.orders.test_answer import HEAD_BYTES
from tests.orders.test_answer_size import (
    KEY,
    LEAST,
    PRICE,
    QUANTITY,
    longest_venue,
    open_rich,
    send_all,
)

PART = "399999999.123456789"


def test_the_largest_cascade_fits_a_message() -> None:
    """1,000 replaces, and 1,000 stop orders that the first of them triggers, which change as many
    orders as an entry may; each of another account, every field at its longest: under 8 MB."""
    symbol, other, count = "S" * 32, "R" * 32, BOUNDS.touches - BOUNDS.due
    venue = longest_venue(BOUNDS, symbol, other)
    makers, owners = ([f"{n:{c}>32}" for n in range(k)] for c, k in (("m", count), ("o", 1_000)))
    for account in (*makers, *owners, "t" * 32):
        open_rich(venue, account, symbol)
    sell = {"symbol": symbol, "side": "sell", "price": PRICE, "quantity": QUANTITY}
    sell["display_quantity"] = PART
    send_all(venue, [sell | {"account": m, "client_order_id": f"{m:x>128}"} for m in makers])
    buy = {"symbol": other, "side": "buy", "price": PRICE, "quantity": PRICE}
    send_all(venue, [buy | {"account": name} for name in (*makers, *owners)])
    # Each takes two parts and a half, of three or four makers, until no more may change.
    bought = {"symbol": symbol, "side": "buy", "quantity": "1000000000.123456789"}
    new = bought | {"account": "t" * 32, "price": LEAST, "key": KEY}
    ids = [f"{n:t>128}" for n in range(1_000)]
    send_all(venue, [new | {"client_order_id": name} for name in ids])
    stop = bought | {"type": "stop_limit", "price": PRICE, "stop_price": PRICE, "key": KEY}
    stop |= {"time_in_force": "gtd", "good_until": str(LAST_NS - 1)}
    send_all(venue, [stop | {"account": o, "client_order_id": f"{o:x>128}"} for o in owners])
    replace = {"op": "replace", "account": "t" * 32, "price": PRICE, "expire_at": str(LAST_NS)}
    replace |= {"quantity": bought["quantity"], "key": KEY}
    body = [replace | {"client_order_id": n, "new_client_order_id": n.upper()} for n in ids]
    answer = venue.send_bytes("order.created", json.dumps(body).encode())
    executions = read_answer(answer)
    triggered = [one for one in executions if one.op == "stop.triggered"]
    assert [one.index for one in triggered] == [*range(DUE_INDEX, DUE_INDEX + BOUNDS.due)]
    assert sum(len(execution.changed) for execution in executions) == count
    assert executions[-1].order is not None and executions[-1].order.reason == "work_limit"
    assert len(answer) <= ANSWER_BYTES_MAX, f"{len(answer):,} bytes"


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
