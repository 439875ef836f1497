"""The two streams: how they are set up, and that they are set up so."""

from functools import partial
from typing import Any, NamedTuple

import msgspec

from outcry.log.api import STREAM_NOT_FOUND, ApiRefused, ask
from outcry.log.connection import Connection
from outcry.log.jetstream import JetStreamLog
from outcry.log.log import Entry, LogError, once_answered
from outcry.wire.subjects import (
    ENTRY_SUBJECTS,
    EXECUTIONS,
    ORDER_COMPLETED,
    ORDERS,
    executions,
)

ANSWER_RATIO = 50
"""Room that EXECUTIONS has for each byte of ORDERS. The shortest order in an array takes 50 bytes;
its execution and its share of fills, with what both accounts have then, about 1,000, and as much
again where it fills a piece of an order whose exit moves. The shortest cancel takes 20 bytes and
its refusal 500. What makes a command longer is repeated at most six times. So ORDERS fills first,
and then new commands are refused while everything that entered is still answered."""
ENTRY_BYTES_MAX = 1 << 20
ANSWER_BYTES_MAX = 8 << 20
"""An answer to an entry always fits in one message; the engine sees to it."""
DUPLICATE_WINDOW_S = 120
"""A gateway sends an unacknowledged message again, with the same id, well within it."""
NO_STORAGE = 10047

_NS = 1_000_000_000


class Limits(NamedTuple):
    """Bytes that ORDERS may hold. When they are used up, the log is closed to new entries."""

    orders_bytes: int = 4 << 30

    @property
    def executions_bytes(self) -> int:
        """Bytes that EXECUTIONS may hold."""
        return self.orders_bytes * ANSWER_RATIO


class _Info(msgspec.Struct):
    config: dict[str, Any]


async def ensure_streams(nc: Connection, limits: Limits) -> None:
    """Create ORDERS and EXECUTIONS where they do not exist; have them capture what an older version
    did not know. Waits until JetStream answers.

    Raises LogError when one exists in another form, or when there is no room for it.
    """
    for wanted in (_orders(limits), _executions(limits)):
        await once_answered(partial(_ensure, nc, wanted))


async def replace_executions(nc: Connection, limits: Limits, first_seq: int) -> None:
    """Delete EXECUTIONS, where it exists, and create it empty: its first message will be
    `first_seq`. Only for who has no use for what is in it any more."""
    try:
        await once_answered(partial(ask, nc, f"STREAM.DELETE.{EXECUTIONS}"))
    except ApiRefused as refused:
        if refused.err_code != STREAM_NOT_FOUND:
            raise
    await _create(nc, {**_executions(limits), "first_seq": first_seq})


async def restore_streams(nc: Connection, limits: Limits, newest: Entry) -> None:
    """Create both streams as if all was purged but `newest`, the answer to the last entry.

    That one is there again, as services begin with it; only when it was stored is new. ORDERS is
    empty: there it counts when an entry was stored. Raises LogError when one of them exists.
    """
    begins = {ORDERS: newest.seq + 1, EXECUTIONS: newest.seq}
    for wanted in (_orders(limits), _executions(limits)):
        try:
            await once_answered(partial(ask, nc, f"STREAM.INFO.{wanted['name']}"))
        except ApiRefused as refused:
            if refused.err_code != STREAM_NOT_FOUND:
                raise
        else:
            raise LogError(f"there is a stream {wanted['name']} already: give a NATS without one")
        await _create(nc, {**wanted, "first_seq": begins[wanted["name"]]})
    answers = JetStreamLog(nc, EXECUTIONS)
    await (await answers.send(executions(), newest.body, expected_last=newest.seq - 1))


async def _ensure(nc: Connection, wanted: dict[str, Any]) -> None:
    name = wanted["name"]
    try:
        answer = await ask(nc, f"STREAM.INFO.{name}")
    except ApiRefused as refused:
        if refused.err_code != STREAM_NOT_FOUND:
            raise
        answer = await _create(nc, wanted)
    found = msgspec.json.decode(answer, type=_Info).config
    if set(found["subjects"]) < set(wanted["subjects"]):  # made before there were the others
        request = {**found, "subjects": wanted["subjects"]}
        answer = await ask(nc, f"STREAM.UPDATE.{name}", request)
        found = msgspec.json.decode(answer, type=_Info).config
    for key, value in wanted.items():
        if found.get(key) != value:
            raise LogError(
                f"the stream {name} exists with {key} {found.get(key)!r}; expected {value!r}. "
                f"Start with the limits it was made with, or change it with `nats stream edit`."
            )


async def _create(nc: Connection, wanted: dict[str, Any]) -> bytes:
    try:
        return await ask(nc, f"STREAM.CREATE.{wanted['name']}", wanted)
    except ApiRefused as refused:
        if refused.err_code != NO_STORAGE:
            raise
        raise LogError(
            f"NATS has no room for the stream {wanted['name']} of {wanted['max_bytes']} bytes; "
            "give its JetStream a larger max_file_store, or the log less with --orders-max-bytes"
        ) from refused


def _orders(limits: Limits) -> dict[str, Any]:
    return {
        "name": ORDERS,
        "subjects": list(ENTRY_SUBJECTS),
        "max_bytes": limits.orders_bytes,
        "max_msg_size": ENTRY_BYTES_MAX,
        **_common(),
    }


def _executions(limits: Limits) -> dict[str, Any]:
    return {
        "name": EXECUTIONS,
        "subjects": [executions()],
        "max_bytes": limits.executions_bytes,
        "max_msg_size": ANSWER_BYTES_MAX,
        # after the fsync: a plain subscriber never sees what is not durable
        "republish": {"src": executions(), "dest": ORDER_COMPLETED},
        **_common(),
    }


def _common() -> dict[str, Any]:
    return {
        "storage": "file",
        "retention": "limits",
        "discard": "new",  # a full log refuses; it never forgets
        "duplicate_window": DUPLICATE_WINDOW_S * _NS,
        "allow_rollup_hdrs": False,  # a publisher's header must not erase entries
    }
