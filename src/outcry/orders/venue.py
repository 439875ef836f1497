"""The opening of a log: its first entry says which venue it is."""

import secrets

import msgspec

from outcry.domain.commands import OpenVenue
from outcry.domain.limits import CLIENT_ID_HORIZON, SCHEMA, VERSION
from outcry.domain.types import ClockSource
from outcry.wire.executions import venue_message
from outcry.wire.order_id import LOG_ID_BITS
from outcry.wire.subjects import SHARD

LOCKSTEP_LOG_ID = 1
LOCKSTEP_START_NS = 1_577_836_800_000_000_000
"""2020-01-01T00:00:00Z, a Wednesday: where the time of a lockstep venue begins."""


def venue_opening(lockstep: bool, version: str = VERSION) -> bytes:
    """The body of `venue.open` for a new log of an engine of `version`.

    Under lockstep nothing in it depends on chance or on the time: the same session gives the
    same bytes everywhere.
    """
    opening = OpenVenue(
        LOCKSTEP_LOG_ID if lockstep else secrets.randbits(LOG_ID_BITS),
        SHARD,
        version,
        SCHEMA,
        ClockSource.ENTRIES if lockstep else ClockSource.STAMPS,
        LOCKSTEP_START_NS if lockstep else 0,
        CLIENT_ID_HORIZON,
    )
    return msgspec.json.encode(venue_message(opening))
