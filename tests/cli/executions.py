"""Executions as the gateway sends them, made by the order service itself."""

from typing import Any

import msgspec

from outcry.domain.limits import VERSION
from outcry.log.log import Entry
from outcry.orders.answer import Desk

LISTING = {"symbol": "AAPL", "tick": "0.01", "name": "Apple"}
ACCOUNTS = ("demo", "house", "maker", "taker", "bob")
CASH = "1000000"


class Exchange:
    """An exchange that lists AAPL, with accounts that everybody may trade for."""

    def __init__(self) -> None:
        self._desk = Desk()
        self.enter("venue.open", {"log": "0" * 13, "engine": VERSION, "schema": 1})
        self.listing = self.enter("instrument.list", LISTING)
        for account in ACCOUNTS:
            terms = {"type": "margin", "shorting": True, "access": "open"}
            self.enter("account.open", {"account": account, **terms})
            self.enter("account.deposit", {"account": account, "amount": CASH})

    def enter(self, subject: str, body: Any) -> Any:
        """The execution of one entry, or the list of them for an array."""
        seq = self._desk.position + 1
        answer = self._desk.answer(Entry(seq, seq, subject, msgspec.json.encode(body)))
        executions = msgspec.json.decode(answer)
        return executions if isinstance(body, list) else executions[0]

    @property
    def keys(self) -> list[dict[str, Any]]:
        """Keys as the books show them."""
        return [
            {
                "key_id": key.key_id,
                "role": key.role.value,
                "accounts": list(key.accounts),
                "name": key.name,
                "revoked": key.revoked,
            }
            for key in self._desk.engine.keyring.keys.values()
        ]

    @property
    def switches(self) -> tuple[bool, set[str], set[str]]:
        """Kill switches that are on: of the market, of symbols, of accounts."""
        engine = self._desk.engine
        killed = {name for name, account in engine.accounts.by_name.items() if account.killed}
        return engine.rulebook.killed, set(engine.rulebook.killed_symbols), killed

    def order(self, side: str, quantity: str, price: str = "", **more: Any) -> Any:
        command = {"symbol": "AAPL", "side": side, "quantity": quantity or None, **more}
        if price:
            command["price"] = price
        else:
            command.setdefault("type", "market")
        return self.enter("order.created", command)
