"""What the operator of the venue has set: its identity, its instruments, limits for all."""

import msgspec

from outcry.domain.account import Limits
from outcry.domain.commands import (
    Kill,
    ListInstrument,
    OpenVenue,
    SetInstrument,
    SetInstrumentState,
    SetMarket,
    UpgradeVenue,
    given,
)
from outcry.domain.instrument import Instrument
from outcry.domain.limits import SCHEMA, Bounds
from outcry.domain.refusals import unknown_symbol
from outcry.domain.reject import Reject, RejectReason
from outcry.domain.types import OPEN

_TERMS = ("price_band", "maker_fee", "taker_fee", "max_notional", "max_position")


class Rulebook:
    """Every change is checked whole before it is made; None: it was made."""

    def __init__(self, bounds: Bounds) -> None:
        self.venue: OpenVenue | None = None
        self.successor = ""
        """The version of the engine that answers what comes next; empty: this one."""
        self.instruments: dict[str, Instrument] = {}
        self.limits = Limits()
        """Of every account that has none of its own."""
        self.killed = False
        """The kill switch of the whole market."""
        self.killed_symbols: dict[str, None] = {}
        """Instruments whose kill switch is on."""
        self._bounds = bounds

    def open(self, command: OpenVenue) -> Reject | None:
        if self.venue is not None:
            return Reject(RejectReason.VENUE_ALREADY_OPEN, "this log belongs to a venue already")
        version = self._bounds.version
        if (command.engine, command.schema) != (version, SCHEMA):
            text = f"this is engine {version} with schema {SCHEMA}"
            return Reject(RejectReason.OTHER_VERSION, text)
        self.venue = command
        return None

    def upgrade(self, command: UpgradeVenue) -> Reject | None:
        version = self._bounds.version
        if int(command.engine) <= int(version):
            text = f"this is engine {version}; an upgrade goes to a newer one"
            return Reject(RejectReason.NOT_NEWER, text, "engine")
        self.successor = command.engine
        return None

    def succeed(self) -> None:
        """Go on as the version that was marked to come next."""
        assert self.venue is not None, "a mark comes after the opening"
        assert self.successor == self._bounds.version, "only that version may go on"
        self.venue = msgspec.structs.replace(self.venue, engine=self.successor, schema=SCHEMA)
        self.successor = ""

    def list(self, command: ListInstrument) -> Reject | None:
        instrument = command.instrument
        if instrument.symbol in self.instruments:
            text = f"{instrument.symbol} is listed already"
            return Reject(RejectReason.DUPLICATE_INSTRUMENT, text, "symbol")
        if len(self.instruments) >= self._bounds.instruments:
            text = f"the venue lists {self._bounds.instruments} instruments, the most it takes"
            return Reject(RejectReason.INSTRUMENT_LIMIT, text)
        self.instruments[instrument.symbol] = instrument
        return None

    def set_state(self, command: SetInstrumentState) -> Reject | None:
        instrument = self.instruments.get(command.symbol)
        if instrument is None:
            return unknown_symbol(command.symbol)
        self.instruments[command.symbol] = msgspec.structs.replace(instrument, state=command.state)
        return None

    def set(self, command: SetInstrument) -> Reject | None:
        instrument = self.instruments.get(command.symbol)
        if instrument is None:
            return unknown_symbol(command.symbol)
        terms = given(command, _TERMS)
        self.instruments[command.symbol] = msgspec.structs.replace(instrument, **terms)
        return None

    def set_market(self, command: SetMarket) -> None:
        terms = given(command, Limits.__struct_fields__)
        self.limits = msgspec.structs.replace(self.limits, **terms)

    def kill(self, command: Kill) -> Reject | None:
        """The kill switch of an instrument, or of the whole market."""
        if not command.symbol:
            self.killed = command.on
        elif command.symbol not in self.instruments:
            return unknown_symbol(command.symbol)
        elif command.on:
            self.killed_symbols[command.symbol] = None
        else:
            self.killed_symbols.pop(command.symbol, None)
        return None

    def is_open(self, symbol: str) -> bool:
        """Whether orders in `symbol` may trade: its state, its kill switch, that of the market."""
        halted = self.killed or symbol in self.killed_symbols
        return not halted and self.instruments[symbol].state is OPEN

    def refuse_kill(self, symbol: str) -> Reject | None:
        """Whether the market is open for orders in `symbol`, as far as kill switches go."""
        if symbol in self.killed_symbols:
            text = f"the kill switch of {symbol} is on: only cancels are accepted"
            return Reject(RejectReason.INSTRUMENT_KILLED, text, "symbol")
        if self.killed:
            text = "the kill switch of the market is on: only cancels are accepted"
            return Reject(RejectReason.MARKET_KILLED, text)
        return None
