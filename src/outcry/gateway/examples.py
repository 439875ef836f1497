"""Requests and an answer for the API document, as they really are: a test trades them."""

from typing import Any

LIMIT = {
    "symbol": "AAPL",
    "side": "buy",
    "type": "limit",
    "quantity": "10",
    "price": "189.50",
    "client_order_id": "my-order-1",
}
MARKET = {"symbol": "AAPL", "side": "sell", "type": "market", "quantity": "2"}
STOP = {"symbol": "AAPL", "side": "sell", "type": "stop", "quantity": "2", "stop_price": "180"}
TRAILING = {
    "symbol": "AAPL",
    "side": "sell",
    "type": "trailing_stop",
    "quantity": "2",
    "trail_percent": "2.5",
}
BRACKET = LIMIT | {
    "client_order_id": "my-bracket-1",
    "order_class": "bracket",
    "take_profit": "200",
    "stop_loss": "180",
}
OCO = {
    "symbol": "AAPL",
    "side": "sell",
    "quantity": "2",
    "price": "200",
    "order_class": "oco",
    "stop_price": "180",
}
WORTH = {"symbol": "AAPL", "side": "buy", "type": "market", "notional": "1000"}
REPLACE = {"op": "replace", "client_order_id": "my-order-1", "quantity": "12", "price": "189.45"}
CANCEL = {"op": "cancel", "client_order_id": "my-order-1"}
CANCEL_ALL = {"op": "cancel_all", "symbol": "AAPL", "expires_in": 2000}
DEAD_MANS_SWITCH = {"op": "cancel_all_after", "timeout": 30000}
TERMS: dict[str, Any] = {
    "both": {"summary": "Quantity and price", "value": {"quantity": "12", "price": "189.45"}},
    "stop": {"summary": "The stop price of an order that waits", "value": {"stop_price": "181"}},
}

POSTED: dict[str, Any] = {
    "limit": {"summary": "A limit order", "value": LIMIT},
    "market": {"summary": "A market order", "value": MARKET},
    "worth": {"summary": "A market order for so much money", "value": WORTH},
    "stop": {"summary": "A stop order", "value": STOP},
    "trailing": {"summary": "A stop order that follows the market", "value": TRAILING},
    "bracket": {"summary": "An order that brings its exit", "value": BRACKET},
    "oco": {"summary": "One cancels the other: an order with two ways to trade", "value": OCO},
    "replace": {"summary": "New terms for an open order", "value": REPLACE},
    "cancel": {"summary": "The end of an open order", "value": CANCEL},
    "all": {"summary": "The end of all open orders", "value": CANCEL_ALL},
    "switch": {
        "summary": "The same, unless it is sent again within 30 s",
        "value": DEAD_MANS_SWITCH,
    },
    "several": {
        "summary": "Several commands at once",
        "value": [MARKET, LIMIT | {"client_order_id": "my-order-2"}, CANCEL],
    },
}

OPEN = {"op": "account.open", "account": "alice"}
DEPOSIT = {"op": "account.deposit", "account": "alice", "amount": "1000000", "transfer_id": "t-1"}
SHARES = {
    "op": "account.deposit",
    "account": "alice",
    "symbol": "AAPL",
    "quantity": "100",
    "price": "187.20",
}
ADMIN: dict[str, Any] = {
    "open": {"summary": "A new account", "value": OPEN},
    "margin": {
        "summary": "One that may borrow and go short",
        "value": {
            "op": "account.open",
            "account": "bob",
            "type": "margin",
            "multiplier": 4,
            "shorting": True,
        },
    },
    "deposit": {"summary": "Money for it", "value": DEPOSIT},
    "limits": {
        "summary": "Limits of an account",
        "value": {
            "op": "account.set",
            "account": "alice",
            "max_order_rate": 100,
            "max_notional": "50000",
        },
    },
    "halt": {
        "summary": "No trading in an instrument",
        "value": {"op": "instrument.state", "symbol": "AAPL", "state": "halted"},
    },
    "kill": {"summary": "Nothing but cancels, anywhere", "value": {"op": "market.kill"}},
    "several": {"summary": "Several commands at once", "value": [OPEN, DEPOSIT, SHARES]},
}
NEW_KEY = {"role": "trade", "accounts": ["alice"], "name": "alice's bot"}

EXECUTION = {
    "seq": 10,
    "ts": "1761930000000000009",
    "entry": 9,
    "id": "00000000-0009-8000-8000-123456789abc",
    "log": "0123456789abc",
    "result": "accepted",
    "op": "new",
    "order": {
        "order_id": "00000000-0009-8000-8000-123456789abc",
        "account": "demo",
        "symbol": "AAPL",
        "side": "buy",
        "type": "limit",
        "time_in_force": "gtc",
        "quantity": "10",
        "status": "partially_filled",
        "filled_quantity": "4",
        "leaves_quantity": "6",
        "client_order_id": "my-order-1",
        "price": "189.5",
        "average_price": "189.4",
    },
    "trades": [
        {
            "trade_id": "10-0",
            "price": "189.4",
            "quantity": "4",
            "maker_order_id": "00000000-0008-8000-8000-123456789abc",
            "taker_fee": "0.7576",
        }
    ],
    "changed": [
        {
            "order_id": "00000000-0008-8000-8000-123456789abc",
            "status": "filled",
            "filled_quantity": "4",
            "leaves_quantity": "0",
            "average_price": "189.4",
        }
    ],
    "quote": {"bid": ["189.5", "6"], "ask": ["189.6", "5"]},
    "balances": [
        {
            "account": "demo",
            "cash": "9241.6424",
            "held": "1137",
            "symbol": "AAPL",
            "position": "4",
        }
    ],
    "key": "0123456789abcdef",
}
"""Of LIMIT, with 10,000 and a fee of 0.1 %, when others sold 4 at 189.40 and 5 at 189.60."""

ERROR = {
    "error": {
        "code": "malformed",
        "message": "side is one of buy, sell, not hold",
        "field": "side",
    }
}
