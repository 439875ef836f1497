"""What the operator of the venue has set: its identity, its instruments, its accounts."""

import msgspec

from outcry.domain.commands import ListInstrument, OpenVenue, SetAccount, SetInstrumentState
from outcry.domain.instrument import Instrument
from outcry.domain.limits import SCHEMA, VERSION, Bounds
from outcry.domain.reject import Reject, RejectReason
from outcry.domain.types import SelfTradePrevention


class Rulebook:
    """Every change is checked whole before it is made; None: it was made."""

    def __init__(self, bounds: Bounds) -> None:
        self.venue: OpenVenue | None = None
        self.instruments: dict[str, Instrument] = {}
        self.prevention: dict[str, SelfTradePrevention] = {}
        """Accounts that have chosen their self-trade prevention."""
        self._bounds = bounds

    def open(self, command: OpenVenue) -> Reject | None:
        if self.venue is not None:
            return Reject(RejectReason.VENUE_ALREADY_OPEN, "this log belongs to a venue already")
        if (command.engine, command.schema) != (VERSION, SCHEMA):
            text = f"this is engine {VERSION} with schema {SCHEMA}"
            return Reject(RejectReason.OTHER_VERSION, text)
        self.venue = command
        return None

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

    def set_account(self, command: SetAccount) -> Reject | None:
        known = command.account in self.prevention
        if not known and len(self.prevention) >= self._bounds.accounts:
            text = (
                f"{self._bounds.accounts} accounts have settings of their own, the most the "
                "venue takes"
            )
            return Reject(RejectReason.ACCOUNT_LIMIT, text)
        self.prevention[command.account] = command.self_trade_prevention
        return None


def unknown_symbol(symbol: str) -> Reject:
    return Reject(RejectReason.UNKNOWN_SYMBOL, f"{symbol} is not listed here", "symbol")
