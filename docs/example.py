"""A small session, answered by the real engine: the examples in the documents."""

import json
from typing import Any

from outcry.domain.limits import VERSION
from outcry.log.log import Entry
from outcry.orders.answer import Desk
from outcry.wire.subjects import ORDER_CREATED

START_NS = 1_767_225_600_000_000_000
"""When the session begins; each entry comes a millisecond after the one before."""
_STEP_NS = 1_000_000

SESSION: tuple[tuple[str, Any], ...] = (
    ("venue.open", {"log": "5a17ed0c0ffee", "engine": VERSION, "schema": 1}),
    (
        "instrument.list",
        {"symbol": "AAPL", "tick": "0.01", "name": "Apple", "taker_fee": "0.001"},
    ),
    ("account.open", {"account": "house", "access": "open"}),
    ("account.open", {"account": "demo", "access": "open"}),
    ("account.deposit", {"account": "house", "symbol": "AAPL", "quantity": "100"}),
    ("account.deposit", {"account": "demo", "amount": "10000"}),
    (
        ORDER_CREATED,
        {
            "symbol": "AAPL",
            "side": "sell",
            "quantity": "100",
            "price": "189.50",
            "account": "house",
            "client_order_id": "offer-1",
        },
    ),
    (
        ORDER_CREATED,
        {
            "symbol": "AAPL",
            "side": "buy",
            "type": "limit",
            "quantity": "10",
            "price": "189.50",
            "client_order_id": "a1",
        },
    ),
    (
        ORDER_CREATED,
        [
            {"symbol": "AAPL", "side": "buy", "quantity": 5, "price": 189.405},
            {"op": "cancel", "account": "house", "client_order_id": "offer-1"},
        ],
    ),
)
TRADE = 8
"""The entry that trades."""


def answers() -> list[bytes]:
    """The answer to each entry of the session."""
    desk = Desk()
    return [
        desk.answer(Entry(number, START_NS + number * _STEP_NS, subject, json.dumps(body).encode()))
        for number, (subject, body) in enumerate(SESSION, 1)
    ]


def asked(number: int) -> str:
    """The body of entry `number`."""
    return _shown(SESSION[number - 1][1])


def answered(number: int) -> str:
    """The answer to entry `number`."""
    return _shown(json.loads(answers()[number - 1]))


def _shown(body: Any) -> str:
    return f"```json\n{json.dumps(body, indent=2)}\n```"
