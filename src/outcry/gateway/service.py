"""The gateway between its clients, the log and the broker."""

import asyncio
import contextlib
from typing import Any

import msgspec
import structlog

from outcry.gateway.admission import Admission
from outcry.gateway.gate import Gate
from outcry.gateway.order_entry import OrderEntry
from outcry.gateway.senders import NOT_OPEN_YET, Senders
from outcry.log.history import digest_before, follow
from outcry.log.log import Entry, Log, LogError, Reader
from outcry.runtime.access import FetchAccess, access_before
from outcry.runtime.settings import Durability
from outcry.wire.order_id import NO_LOG, id_suffix

OBSERVE_S = 0.5
EXPIRE_S = 0.1


class _Last(msgspec.Struct):
    """What the newest execution of an answer tells of the log."""

    seq: int
    ts: str
    log: str
    shard: int = 0


_split = msgspec.json.Decoder(list[msgspec.Raw]).decode
_last = msgspec.json.Decoder(_Last).decode


class GatewayService:
    """Follows EXECUTIONS from its end on, and hands answers to who waits for them.

    What an answer says of keys is in force before anybody is told the answer.
    """

    def __init__(
        self,
        orders: Log,
        executions: Log,
        entry: OrderEntry,
        gate: Gate,
        admission: Admission,
        senders: Senders,
        durability: Durability,
    ) -> None:
        self.seq = 0
        """The newest execution seen."""
        self.log = ""
        self.shard = 0
        self.digest: bytes | None = None
        """Of the history up to there."""
        self.is_under_way = entry.is_under_way
        self.last_entry = orders.last_seq
        self._orders = orders
        self._executions = executions
        self._entry = entry
        self._gate = gate
        self._admission = admission
        self._senders = senders
        self._durability = durability

    async def follow(self, fetch_access: FetchAccess) -> Reader:
        """Learn which keys there are, and read EXECUTIONS from there on, or from its newest message
        where that is older: it tells what log this is."""
        access, first = await access_before(self._executions, fetch_access)
        self._senders.begin(access)
        self.digest = await digest_before(self._executions, first)
        reader = self._entry.reader = self._executions.reader(first, self._on_entry, name="gateway")
        await reader.start()
        return reader

    async def _on_entry(self, entry: Entry) -> None:
        self.digest = follow(entry, self.digest)
        executions = [bytes(execution) for execution in _split(entry.body)]
        self._senders.follow(executions)
        self._entry.on_answer(entry, executions)
        last = _last(executions[-1])
        self.seq = last.seq
        self._gate.clock.newest_ns = int(last.ts)
        if last.log != self.log and last.log != NO_LOG:
            self._enter_log(last.log, last.shard)

    def _enter_log(self, log: str, shard: int) -> None:
        """The venue is open. It opens once: a log has one history, and that one has one id."""
        self.log, self.shard = log, shard
        self._gate.suffix = id_suffix(shard, int(log, 16))
        self._senders.open()
        structlog.get_logger().info("ready", log=log)

    async def observe(self) -> None:
        """Look at the streams twice a second, for ever."""
        while True:
            with contextlib.suppress(LogError):
                orders, executions = await asyncio.gather(
                    self._orders.info(), self._executions.info()
                )
                self._admission.observe(orders, executions)
            await asyncio.sleep(OBSERVE_S)

    async def expire(self) -> None:
        while True:
            await asyncio.sleep(EXPIRE_S)
            self._entry.expire()

    def readiness(self) -> tuple[str, dict[str, Any]]:
        """See ops.Readiness. Clients may read it, so it tells the digest in lockstep alone: as for
        `Sender.view`, it goes over what is private, and could confirm a guess of it."""
        unsure = self._senders.why_unsure
        why = unsure if unsure != NOT_OPEN_YET else ""
        why = why or self._admission.why_closed() or unsure
        state = {
            "log": self.log,
            "shard": self.shard,
            "position": self._entry.position,
            "seq": self.seq,
            "durability": self._durability.value,
        }
        if self._gate.clock.by_entries:
            state["digest"] = self.digest.hex() if self.log and self.digest else ""
        return why, state
