"""What the operator has set of venue, market and instruments, and log time."""

from decimal import Decimal
from typing import Any

from sim.bounds import Bounds
from sim.echo import RATES, SIZES, echo
from sim.exact import ZERO, Fields, plain, without_empty
from sim.order import Order, told

LAST_NS = 2**63 - 1
ENGINE = "4"
COUNTS = ("max_open_orders", "max_order_rate")


class Refused(Exception):
    def __init__(self, reason: str, field: str = "", order: Order | None = None) -> None:
        self.outcome: Fields = {"result": "rejected", "reason": reason, "field": field}
        if order is not None:
            self.outcome["order"] = told(order)


class Rulebook:
    def __init__(self, bounds: Bounds) -> None:
        self.bounds = bounds
        self.seq = 0
        self.now = 0
        self.advanced = False
        """Whether the entry has moved log time."""
        self.venue: Fields | None = None
        self.instruments: dict[str, Fields] = {}
        self.marks: dict[str, Decimal] = {}
        """The reference price of an instrument: of its last trade, or as it was set since."""
        self.market: dict[str, Decimal] = {}
        """Limits of every account without its own."""
        self.killed_symbols: list[str] = []
        self.market_killed = False

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
        if (command["engine"], command["schema"]) != (ENGINE, 1):
            raise Refused("other_version")
        self.venue = echo("venue.open", command)
        if self.venue["clock"] == "entries":
            self.now = int(self.venue["start"])
        return {}

    def venue_upgrade(self, command: Fields) -> Fields:
        if int(command["engine"]) <= int(ENGINE):
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

    # Instruments and market --------------------------------------------------------------

    def mark(self, symbol: str) -> Decimal:
        """0: there is none."""
        return self.marks.get(symbol, ZERO)

    def listed(self, symbol: str) -> Fields:
        if symbol not in self.instruments:
            raise Refused("unknown_symbol", "symbol")
        return self.instruments[symbol]

    def instrument_list(self, command: Fields) -> Fields:
        if command["symbol"] in self.instruments:
            raise Refused("duplicate_instrument", "symbol")
        if len(self.instruments) >= self.bounds.instruments:
            raise Refused("instrument_limit")
        terms = {k: v for k, v in echo("instrument.list", command).items() if k != "op"}
        self.instruments[command["symbol"]] = terms
        return {"instrument": without_empty(terms)}

    def instrument_set(self, command: Fields) -> Fields:
        instrument = self.listed(command["symbol"])
        for name in (*RATES, *SIZES):
            if name in command:
                instrument.pop(name, None)
                if Decimal(command[name]):
                    instrument[name] = plain(Decimal(command[name]))
        if "reference_price" in command:
            self.marks[command["symbol"]] = Decimal(command["reference_price"])
        return {"instrument": without_empty(instrument)}

    def instrument_state(self, command: Fields) -> Fields:
        instrument = self.listed(command["symbol"])
        instrument["state"] = command["state"]
        return {"instrument": without_empty(instrument)}

    def market_set(self, command: Fields) -> Fields:
        for name in (*COUNTS, "max_exposure", *SIZES):
            if name in command:
                self.market[name] = Decimal(command[name])
        return {}
