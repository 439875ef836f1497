"""The books, kept a second time from the executions alone: what SQL has to hold in the end.

Also what holds for any market: shares are conserved, no order is filled beyond its quantity, no
book is crossed.
"""

import json
import uuid
from decimal import Decimal
from typing import Any

from sim.broken import hold
from sim.exact import Fields
from sim.money import FEE_SIDES, Money, money, units

NO_RIGHT = ("unknown_key", "key_revoked", "not_allowed")
"""Why a command is not its account's: an order refused so is nobody's."""

Row = tuple[Any, ...]


SAID = (
    *("stop_price", "trigger", "good_until", "post_only", "reduce_only"),
    *("min_quantity", "display_quantity", "order_class", "take_profit", "stop_loss"),
    *("stop_loss_limit", "stop_limit_price", "trail", "trail_percent", "notional"),
    *("untriggered", "unarmed", "high_water_mark"),
)
"""What few orders say, as the books hold it."""


def instructions_of(order: Fields) -> str:
    """As the books hold them: JSON of those that an order has."""
    said = {name: order[name] for name in SAID if name in order}
    return json.dumps(said, separators=(",", ":")) if said else ""


def exit_of(parent: Fields) -> Fields:
    """The order that comes with one that brings its exit; until it is told it is as it follows."""
    gain, loss, limit = (parent.get(f) for f in ("take_profit", "stop_loss", "stop_loss_limit"))
    lasts = parent["time_in_force"] in ("gtc", "day", "gtd")
    leg = {
        "order_id": parent["exit_order_id"],
        "account": parent["account"],
        "symbol": parent["symbol"],
        "side": "sell" if parent["side"] == "buy" else "buy",
        "type": "limit" if gain else "stop_limit" if limit else "stop",
        "time_in_force": parent["time_in_force"] if lasts else "gtc",
        "quantity": parent["quantity"],
        "leaves_quantity": parent["quantity"],
        "status": "held",
        "price": gain or limit or "",
        "untriggered": True,
        "unarmed": True,
    }
    if loss:
        leg["stop_price"] = loss
    if "trigger" in parent:
        leg["trigger"] = parent["trigger"]
    if "good_until" in parent and lasts:
        leg["good_until"] = parent["good_until"]
    if gain and loss:
        leg["order_class"] = "oco"
        if limit:
            leg["stop_limit_price"] = limit
    return leg


def number(order_id: str) -> int:
    """How the books name an order: entry and index."""
    bits = uuid.UUID(order_id).int
    return (bits >> 80) << 12 | (bits >> 64 & 0xFFF)


class Ledger:
    def __init__(self) -> None:
        self.orders: dict[int, dict[str, Any]] = {}
        self.trades: list[Row] = []
        self.money = Money()
        self.instruments: dict[str, Fields] = {}
        self.named_at: dict[tuple[str, str], int] = {}
        """The entry of the first order that had a client order id, also if it was rejected."""
        self.blocked: dict[tuple[str, str], int] = {}
        """Client order ids that a cancel gave up, and the execution."""
        self.names: dict[tuple[str, str], tuple[int, int]] = {}

    def book(self, executions: list[Fields]) -> None:
        for execution in executions:
            self._look(execution)
            op, result = execution["op"], execution["result"]
            if result == "accepted":
                self._accept(execution)
            if execution.get("blocked"):
                command = execution["command"]
                named = command["client_order_id"], command["account"]
                self.blocked[named] = execution["seq"]
            if op == "new" and result == "rejected" and execution["reason"] not in NO_RIGHT:
                self._create(execution, execution["order"])
            self.money.read(execution)

    def _look(self, execution: Fields) -> None:
        for quote in [execution.get("quote", {}), *execution.get("quotes", [])]:
            if "bid" in quote and "ask" in quote:
                crossed = Decimal(quote["bid"][0]) >= Decimal(quote["ask"][0])
                hold(not crossed, "no book is crossed", execution["seq"], quote)

    def _accept(self, execution: Fields) -> None:
        order = execution.get("order")
        if "instrument" in execution:
            told = execution["instrument"]
            self.instruments[told["symbol"]] = told | {"seq": execution["seq"]}
        if order is not None:
            if execution["op"] == "new":
                self._create(execution, order)
                if "exit_order_id" in order:
                    leg = exit_of(order)
                    self._create(execution, leg)
                    self._settle(leg, execution)
            self._check_trades(execution, order)
            self._settle(order, execution)
            amends = execution["op"] in ("replace", "stop.triggered", "exit.moved")
            if amends or "high_water_mark" in order:
                mine = self.orders[number(order["order_id"])]
                mine["type"] = order["type"]
                mine["instructions"] = instructions_of(order)
                mine["quantity"], mine["price"] = (
                    units(order["quantity"]),
                    units(order.get("price", "")),
                )
                mine["client_order_id"] = order.get("client_order_id", "")
            if order.get("client_order_id") and execution["op"] in ("new", "replace"):
                named = order["client_order_id"], order["account"]
                self.names[named] = number(order["order_id"]), 0
                self.named_at.setdefault(named, execution["entry"])
        for change in execution.get("changed", []):
            self._settle(change, execution)
        for place, trade in enumerate(execution.get("trades", [])):
            self._trade(execution, execution["order"], place, trade)

    def _create(self, execution: Fields, order: Fields) -> None:
        key = number(order["order_id"])
        hold(key not in self.orders, "an order id is used once", order["order_id"])
        seq, ts = execution["seq"], int(execution["ts"])
        rejected = execution["result"] == "rejected"
        self.orders[key] = {
            "id": key,
            "account": order["account"],
            "symbol": order["symbol"],
            "side": order["side"],
            "time_in_force": order["time_in_force"],
            "created_seq": seq,
            "created_ts": ts,
            "type": order["type"],
            "instructions": instructions_of(order),
            "client_order_id": order.get("client_order_id", ""),
            "quantity": units(order["quantity"]),
            "price": units(order.get("price", "")),
            "status": order["status"],
            "filled": 0,
            "leaves": 0 if rejected else units(order["quantity"]),
            "shown": 0,
            "average_price": 0,
            "reason": execution.get("reason", "") if rejected else "",
            "updated_seq": seq,
            "updated_ts": ts,
        }
        if rejected and order.get("client_order_id"):
            named = order["client_order_id"], order["account"]
            self.named_at.setdefault(named, execution["entry"])
            if self.names.get(named, (0, 1))[1]:
                self.names[named] = key, 1

    def _check_trades(self, execution: Fields, order: Fields) -> None:
        """What the taker bought, the makers sold, and nobody more than was ordered."""
        before = self.orders[number(order["order_id"])]["filled"]
        traded = sum(units(trade["quantity"]) for trade in execution.get("trades", []))
        gained = units(order.get("filled_quantity", "")) - before
        given = 0
        for change in execution.get("changed", []):
            maker = self.orders[number(change["order_id"])]
            given += units(change.get("filled_quantity", "")) - maker["filled"]
        hold(gained == traded == given, "shares are conserved", execution["seq"])

    def _settle(self, told: Fields, execution: Fields) -> None:
        mine = self.orders[number(told["order_id"])]
        filled = units(told.get("filled_quantity", ""))
        leaves = units(told.get("leaves_quantity", ""))
        quantity = units(told["quantity"]) if "quantity" in told else mine["quantity"]
        fits = mine["filled"] <= filled <= quantity and 0 <= leaves <= quantity - filled
        hold(fits, "no fill beyond an order's quantity", told)
        mine["status"], mine["filled"], mine["leaves"] = told["status"], filled, leaves
        displayed = units(told.get("displayed_quantity", ""))
        mine["shown"] = 0 if told["status"] == "held" else displayed or leaves
        mine["average_price"] = units(told.get("average_price", ""))
        mine["reason"] = told.get("reason", "")
        mine["updated_seq"], mine["updated_ts"] = execution["seq"], int(execution["ts"])

    def _trade(self, execution: Fields, order: Fields, place: int, trade: Fields) -> None:
        seq, price, quantity = execution["seq"], units(trade["price"]), units(trade["quantity"])
        taker, maker = number(order["order_id"]), number(trade["maker_order_id"])
        accounts = order["account"], self.orders[maker]["account"]
        symbol = order["symbol"]
        told = seq, place, int(execution["ts"]), symbol, order["side"], price, quantity
        fees = [money(trade.get(side, "")) for side in FEE_SIDES]
        row = (*told, taker, accounts[0], maker, accounts[1], *fees)
        self.trades.append(row)
        self.money.trade(row)
