"""What the operator has set, and log time: the part of the twin that no order changes."""

from typing import Any

from sim.bounds import Bounds
from sim.order import Fields, Order, echo, told, without_empty

LAST_NS = 2**63 - 1


class Refused(Exception):
    def __init__(self, reason: str, field: str = "", order: Order | None = None) -> None:
        self.outcome: Fields = {"result": "rejected", "reason": reason, "field": field}
        if order is not None:
            self.outcome["order"] = told(order)


class Rulebook:
    def __init__(self, bounds: Bounds) -> None:
        self.bounds = bounds
        self.now = 0
        self.advanced = False
        """Whether the entry has moved log time."""
        self.venue: Fields | None = None
        self.instruments: dict[str, Fields] = {}
        self.prevention: dict[str, str] = {}

    def by_entries(self) -> bool:
        return self.venue is not None and self.venue["clock"] == "entries"

    def move_time(self, subject: str, body: Any, ts_ns: int) -> None:
        """Before anything else of an entry happens."""
        self.advanced = False
        if not self.by_entries():
            self.now = max(self.now, ts_ns)
        elif subject == "clock.advance" and self.now + int(body["by"]) <= LAST_NS:
            self.now += int(body["by"])
            self.advanced = True

    def venue_open(self, command: Fields) -> Fields:
        if self.venue is not None:
            raise Refused("venue_already_open")
        if (command["engine"], command["schema"]) != ("2", 1):
            raise Refused("other_version")
        self.venue = echo("venue.open", command)
        if self.venue["clock"] == "entries":
            self.now = int(self.venue["start"])
        return {}

    def instrument_list(self, command: Fields) -> Fields:
        if command["symbol"] in self.instruments:
            raise Refused("duplicate_instrument", "symbol")
        if len(self.instruments) >= self.bounds.instruments:
            raise Refused("instrument_limit")
        listed = {k: v for k, v in echo("instrument.list", command).items() if k != "op"}
        self.instruments[command["symbol"]] = listed
        return {"instrument": without_empty(listed)}

    def instrument_state(self, command: Fields) -> Fields:
        instrument = self.instruments.get(command["symbol"])
        if instrument is None:
            raise Refused("unknown_symbol", "symbol")
        instrument["state"] = command["state"]
        return {"instrument": without_empty(instrument)}

    def account_set(self, command: Fields) -> Fields:
        account = command.get("account", "demo")
        if account not in self.prevention and len(self.prevention) >= self.bounds.accounts:
            raise Refused("account_limit")
        self.prevention[account] = command["self_trade_prevention"]
        return {}

    def venue_upgrade(self, command: Fields) -> Fields:
        if int(command["engine"]) <= 2:
            raise Refused("not_newer", "engine")
        return {}

    def clock_advance(self, command: Fields) -> Fields:
        assert self.venue is not None
        if not self.by_entries():
            raise Refused("clock_not_by_entries")
        if not self.advanced:
            raise Refused("clock_limit", "by")
        return {}

    def clock_tick(self, command: Fields) -> Fields:
        return {}
