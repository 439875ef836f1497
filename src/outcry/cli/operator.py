"""The operator: where NATS is for him, and his entries, answered by the log."""

import asyncio
import contextlib
import secrets
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import msgspec
from cyclopts import Parameter

from outcry.cli.data_folder import FOLDER, find_addresses
from outcry.cli.failed import ExitCode, Failed
from outcry.cli.gateway_client import WHERE
from outcry.log.connection import Connection
from outcry.log.jetstream import JetStreamLog
from outcry.log.log import LogError, Unanswered
from outcry.runtime.lifecycle import Refused
from outcry.runtime.nats import connect
from outcry.runtime.nats_config import OPERATOR
from outcry.wire.executions import read_answer
from outcry.wire.messages import ExecutionMessage
from outcry.wire.subjects import EXECUTIONS, ORDERS

Json = Annotated[
    bool, Parameter(negative="", group=WHERE, help="Print the answer as JSON, for scripts.")
]

CONNECT_S = 5.0
ANSWER_S = 10.0
POLL_S = 0.01


@Parameter(name="*", group=WHERE)
@dataclass(frozen=True, kw_only=True)
class Bus:
    """Where NATS takes the operator's entries."""

    data_dir: Annotated[Path, Parameter(env_var="OUTCRY_DATA_DIR")] = Path(FOLDER)
    "Data folder of `outcry up`, which has the operator's password."
    nats_url: Annotated[str, Parameter(env_var=["OUTCRY_NATS_URL", "NATS_URL"])] = ""
    "Or the address of NATS, with the operator's name and password."

    def find_url(self) -> str:
        """Raises Failed when nothing runs on the folder."""
        if self.nats_url:
            return self.nats_url
        addresses = find_addresses(self.data_dir)
        if addresses is None:
            raise Failed(
                f"no exchange runs on the data folder {self.data_dir.resolve()}: start it with "
                "`outcry up`, name its folder with --data-dir or OUTCRY_DATA_DIR, or its NATS with "
                "--nats-url",
                ExitCode.UNREACHABLE,
            )
        return addresses.nats_url


def given(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a command that are not left out."""
    return {name: value for name, value in fields.items() if value not in (None, "", ())}


class Operator:
    """Somebody who may do all that there is to be done, without a key."""

    def __init__(self, nc: Connection) -> None:
        self._orders = JetStreamLog(nc, ORDERS)
        self._executions = JetStreamLog(nc, EXECUTIONS)

    async def enter(self, subject: str, **fields: Any) -> ExecutionMessage:
        """Put one command into the log, without the fields that are None or empty; its execution.

        Raises Failed, as `enter_body` does.
        """
        return (await self.enter_body(subject, msgspec.json.encode(given(fields))))[0]

    async def enter_body(self, subject: str, body: bytes) -> tuple[ExecutionMessage, ...]:
        """Put an entry into the log; gives its executions.

        Raises Failed: NATS does not take it, or the order service does not answer in time.
        """
        # With an identity, so that a repeat after a lost acknowledgement changes nothing.
        msg_id = secrets.token_hex(8)
        try:
            async with asyncio.timeout(ANSWER_S):
                seq = await self._send(subject, body, msg_id)
                return await self._answer(seq)
        except TimeoutError as error:
            raise Failed(
                f"no answer to {subject} within {ANSWER_S:.0f} s: is the order service running, "
                "and is the user in --nats-url the operator?",
                ExitCode.UNREACHABLE,
            ) from error
        except LogError as error:
            raise Failed(f"NATS refuses {subject}: {error}", ExitCode.UNREACHABLE) from error

    async def _send(self, subject: str, body: bytes, msg_id: str) -> int:
        while True:
            try:
                return await (await self._orders.send(subject, body, msg_id=msg_id))
            except Unanswered:
                await asyncio.sleep(POLL_S)

    async def _answer(self, seq: int) -> tuple[ExecutionMessage, ...]:
        while True:
            try:
                stored = await self._executions.get(seq)
            except Unanswered:
                stored = None
            if stored is not None:
                return read_answer(stored.body)
            await asyncio.sleep(POLL_S)


@contextlib.asynccontextmanager
async def operator_at(url: str) -> AsyncIterator[Operator]:
    """The operator at the NATS of `url` while the block runs. Raises Failed."""
    async with connected(url) as nc:
        yield Operator(nc)


@contextlib.asynccontextmanager
async def connected(url: str) -> AsyncIterator[Connection]:
    """The operator's connection to the NATS of `url` while the block runs. Raises Failed."""
    try:
        async with asyncio.timeout(CONNECT_S):
            nc = await connect(url, OPERATOR)
    except TimeoutError as error:
        raise Failed(
            "no NATS answers at the address of --nats-url, or of the data folder: start the "
            "exchange with `outcry up`, or name the right address",
            ExitCode.UNREACHABLE,
        ) from error
    except Refused as refused:
        raise Failed(str(refused), ExitCode.USAGE) from refused
    try:
        yield nc
    finally:
        nc.on_lost.clear()  # it is we who leave
        await nc.close()
