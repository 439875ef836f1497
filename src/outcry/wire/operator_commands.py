"""What only the operator and the services may ask for: one command an entry, which its
subject names.
"""

import re
from collections.abc import Callable

from outcry.domain.commands import (
    AdvanceClock,
    Command,
    ListInstrument,
    OpenVenue,
    SetAccount,
    SetInstrumentState,
    Tick,
    UpgradeVenue,
)
from outcry.domain.instrument import Instrument
from outcry.domain.limits import CLIENT_ID_HORIZON, CLIENT_ID_HORIZON_MAX
from outcry.domain.types import UNIT, ClockSource, InstrumentState, SelfTradePrevention
from outcry.wire.fields import (
    Fields,
    Unreadable,
    is_plain,
    read_account,
    read_choice,
    read_positive,
    read_symbol,
    read_whole,
    refuse_others,
)

_LOG = re.compile(r"[0-9a-f]{13}", re.ASCII)
_VERSION = re.compile(r"[1-9][0-9]{0,8}", re.ASCII)
_STATES = {state.value: state for state in InstrumentState}
_PREVENTIONS = {prevention.value: prevention for prevention in SelfTradePrevention}
_CLOCKS = {clock.value: clock for clock in ClockSource}

_INSTRUMENT = frozenset(
    {"op", "symbol", "tick", "lot", "min_quantity", "max_quantity", "max_price", "name", "state"}
)
_STATE = frozenset({"op", "symbol", "state"})
_SETTING = frozenset({"op", "account", "self_trade_prevention"})
_CLOCK = frozenset({"op", "by"})
_TICK = frozenset({"op"})
_UPGRADE = frozenset({"op", "engine"})
_VENUE = frozenset(
    {"op", "log", "engine", "schema", "shard", "clock", "start", "client_id_horizon"}
)


def read_operator_command(fields: object, subject: str) -> Command:
    """A command of the operator; its subject says which. Raises `Unreadable`."""
    if type(fields) is not dict:
        raise Unreadable("", "an entry of the operator is a JSON object")
    if fields.get("op") not in (None, subject):
        raise Unreadable("op", "op is not the subject of the entry; leave it out")
    read = _READERS.get(subject)
    if read is None:
        raise Unreadable("", "no entry of this kind is known")
    return read(fields)


def _read_listing(fields: Fields) -> ListInstrument:
    return ListInstrument(_read_instrument(fields))


def _read_instrument(fields: Fields) -> Instrument:
    refuse_others(fields, _INSTRUMENT)
    lot = read_positive(fields, "lot", UNIT)
    least = read_positive(fields, "min_quantity", lot)
    most = read_positive(fields, "max_quantity", UNIT * 10**9)
    if least > most:
        raise Unreadable("min_quantity", "min_quantity is not above max_quantity")
    name = fields.get("name")
    if name is None:
        name = ""
    elif type(name) is not str or len(name) > 64 or not is_plain(name):
        raise Unreadable("name", "name is plain text of up to 64 characters")
    return Instrument(
        read_symbol(fields),
        read_positive(fields, "tick"),
        lot,
        least,
        most,
        read_positive(fields, "max_price", UNIT * 10**9),
        name,
        read_choice(fields, "state", _STATES, InstrumentState.OPEN),
    )


def _read_venue(fields: Fields) -> OpenVenue:
    refuse_others(fields, _VENUE)
    log, engine = fields.get("log"), fields.get("engine")
    if type(log) is not str or not _LOG.fullmatch(log):
        raise Unreadable("log", "log is the id of the log: 13 hexadecimal digits")
    if type(engine) is not str or len(engine) > 32 or not is_plain(engine):
        raise Unreadable("engine", "engine is the version of the engine")
    return OpenVenue(
        int(log, 16),
        read_whole(fields, "shard", 0, 1023, 0),
        engine,
        read_whole(fields, "schema", 1, 1 << 31),
        read_choice(fields, "clock", _CLOCKS, ClockSource.STAMPS),
        read_whole(fields, "start", 0, 1 << 62, 0),
        read_whole(fields, "client_id_horizon", 1, CLIENT_ID_HORIZON_MAX, CLIENT_ID_HORIZON),
    )


def _read_upgrade(fields: Fields) -> UpgradeVenue:
    refuse_others(fields, _UPGRADE)
    engine = fields.get("engine")
    if type(engine) is not str or not _VERSION.fullmatch(engine):
        raise Unreadable("engine", 'engine is the version to go to, as in "3"')
    return UpgradeVenue(engine)


def _read_state(fields: Fields) -> SetInstrumentState:
    refuse_others(fields, _STATE)
    return SetInstrumentState(read_symbol(fields), read_choice(fields, "state", _STATES))


def _read_setting(fields: Fields) -> SetAccount:
    refuse_others(fields, _SETTING)
    prevention = read_choice(fields, "self_trade_prevention", _PREVENTIONS)
    return SetAccount(read_account(fields), prevention)


def _read_advance(fields: Fields) -> AdvanceClock:
    refuse_others(fields, _CLOCK)
    return AdvanceClock(read_whole(fields, "by", 1, 10**18))


def _read_tick(fields: Fields) -> Tick:
    refuse_others(fields, _TICK)
    return Tick()


_READERS: dict[str, Callable[[Fields], Command]] = {
    "venue.open": _read_venue,
    "venue.upgrade": _read_upgrade,
    "instrument.list": _read_listing,
    "instrument.state": _read_state,
    "account.set": _read_setting,
    "clock.advance": _read_advance,
    "clock.tick": _read_tick,
}
