"""What the operator of the venue has set: its identity, its instruments, its accounts."""

import msgspec

from outcry.domain.commands import (
    Command,
    ListInstrument,
    Malformed,
    OpenVenue,
    SetAccount,
    SetInstrumentState,
    Tick,
    UpgradeVenue,
)
from outcry.domain.instrument import Instrument
from outcry.domain.limits import SCHEMA, Bounds
from outcry.domain.reject import Reject, RejectReason
from outcry.domain.types import SelfTradePrevention


class Rulebook:
    """Every change is checked whole before it is made; None: it was made."""

    def __init__(self, bounds: Bounds) -> None:
        self.venue: OpenVenue | None = None
        self.successor = ""
        """The version of the engine that answers what comes next; empty: this one."""
        self.instruments: dict[str, Instrument] = {}
        self.prevention: dict[str, SelfTradePrevention] = {}
        """Accounts that have chosen their self-trade prevention."""
        self._bounds = bounds

    def change(self, command: Command) -> Reject | None:
        match command:
            case Malformed():
                return command.reject
            case OpenVenue():
                return self.open(command)
            case UpgradeVenue():
                return self.upgrade(command)
            case ListInstrument():
                return self.list(command)
            case SetInstrumentState():
                return self.set_state(command)
            case SetAccount():
                return self.set_account(command)
            case Tick():
                return None
        raise AssertionError(f"no rule for {command!r}")

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
