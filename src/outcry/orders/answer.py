"""Bytes in, bytes out: the answer of the engine to one entry of ORDERS (invariant 1)."""

from typing import Self

from outcry.domain.commands import OpenVenue
from outcry.domain.engine import Engine
from outcry.domain.limits import BOUNDS, Bounds
from outcry.log.log import Entry
from outcry.wire.entries import read_entry
from outcry.wire.executions import Writer


class Desk:
    """An engine with the writer of its log. `answer` is total and deterministic."""

    def __init__(self, bounds: Bounds = BOUNDS) -> None:
        self.engine = Engine(bounds)
        self.writer = Writer(0, 0)

    @classmethod
    def of(cls, engine: Engine) -> Self:
        """A desk that goes on with an engine that has a past."""
        desk = cls()
        desk.engine = engine
        if engine.venue is not None:
            desk.writer = Writer(engine.venue.shard, engine.venue.log_id)
        return desk

    @property
    def position(self) -> int:
        """The newest entry that was answered."""
        return self.engine.entry

    def answer(self, entry: Entry) -> bytes:
        """Apply `entry`, which must be the next one, and write its executions."""
        engine = self.engine
        commands = read_entry(entry.subject, entry.body, self.writer.suffix)
        unopened = engine.venue is None
        executions = engine.apply(commands, entry.seq, entry.ts_ns)
        if unopened and engine.venue is not None:
            venue: OpenVenue = engine.venue
            self.writer = Writer(venue.shard, venue.log_id)
        body, engine.digest = self.writer.write(executions, engine.digest)
        return body
