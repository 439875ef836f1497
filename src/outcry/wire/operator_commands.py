"""What only the operator and the services may ask for: one command an entry, which its
subject names. What administrators may ask for too is in `admin_commands`.
"""

import re
from collections.abc import Callable

from outcry.domain.commands import (
    AdvanceClock,
    Command,
    OpenVenue,
    Tick,
    UpgradeVenue,
)
from outcry.domain.limits import CLIENT_ID_HORIZON, CLIENT_ID_HORIZON_MAX
from outcry.domain.types import ClockSource
from outcry.wire.admin_commands import is_admin, read_admin_command
from outcry.wire.fields import (
    Fields,
    Unreadable,
    is_plain,
    read_choice,
    read_whole,
    refuse_others,
)

_LOG = re.compile(r"[0-9a-f]{13}", re.ASCII)
_VERSION = re.compile(r"[1-9][0-9]{0,8}", re.ASCII)
_CLOCKS = {clock.value: clock for clock in ClockSource}

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
    if fields.get("key") is not None:
        raise Unreadable("key", "key is for gateways; the operator needs none")
    if is_admin(subject):
        return read_admin_command(fields, subject)
    read = _READERS.get(subject)
    if read is None:
        raise Unreadable("", "no entry of this kind is known")
    return read(fields)


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


def _read_advance(fields: Fields) -> AdvanceClock:
    refuse_others(fields, _CLOCK)
    return AdvanceClock(read_whole(fields, "by", 1, 10**18))


def _read_tick(fields: Fields) -> Tick:
    refuse_others(fields, _TICK)
    return Tick()


_READERS: dict[str, Callable[[Fields], Command]] = {
    "venue.open": _read_venue,
    "venue.upgrade": _read_upgrade,
    "clock.advance": _read_advance,
    "clock.tick": _read_tick,
}
