"""Order entry over the gateway's WebSocket: arrays out, executions back, many under way."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import msgspec
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidHandshake, InvalidURI, WebSocketException

from outcry.cli.failed import ExitCode, Failed
from outcry.cli.replay.drive import Executions
from outcry.cli.replay.flow import Command
from outcry.runtime.lifecycle import working
from outcry.wire.messages import ExecutionMessage

FRAME_MAX = 64 << 20
"""Bytes of one answer: an array of 500 with all their fills."""


class _Refusal(msgspec.Struct):
    message: str
    code: str = ""


class _Result(msgspec.Struct):
    execution: ExecutionMessage | None = None
    error: _Refusal | None = None
    unknown: dict[str, Any] | None = None


class _Answer(msgspec.Struct):
    id: int | None = None
    results: list[_Result] = []
    error: _Refusal | None = None


_decode = msgspec.json.Decoder(_Answer).decode


class Link:
    """One connection; see `Send`."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._waiting: dict[int, Executions] = {}
        self._sent = 0

    async def send(self, commands: list[Command]) -> Executions:
        """Send an array; the future gives its executions, or Failed."""
        coming: Executions = asyncio.get_running_loop().create_future()
        if not commands:
            coming.set_result([])
            return coming
        self._sent += 1
        self._waiting[self._sent] = coming
        frame = msgspec.json.encode({"id": self._sent, "orders": commands})
        try:
            await self._socket.send(frame, text=True)
        except WebSocketException as error:
            raise _broken(error) from error
        return coming

    async def listen(self) -> None:
        """Give the answers to those who wait, until the connection ends."""
        end: Failed | None = None
        try:
            async for frame in self._socket:
                self._settle(_decode(frame))
        except (WebSocketException, msgspec.DecodeError) as error:
            end = _broken(error)
        for coming in self._waiting.values():
            if not coming.done():
                coming.set_exception(end or _broken("the gateway closed the connection"))

    def _settle(self, answer: _Answer) -> None:
        coming = self._waiting.pop(answer.id or 0, None)
        refusal = answer.error or next((r.error for r in answer.results if r.error), None)
        if coming is None or coming.done():
            return
        executions = [result.execution for result in answer.results if result.execution]
        if refusal is not None:
            text = f"the gateway refuses commands: {refusal.message} ({refusal.code})"
            coming.set_exception(Failed(text, ExitCode.UNREACHABLE))
        elif len(executions) < len(answer.results):
            text = "results did not come in time; what became of the commands is unknown"
            coming.set_exception(Failed(text, ExitCode.UNKNOWN))
        else:
            coming.set_result(executions)


@contextlib.asynccontextmanager
async def linked(url: str, key: str) -> AsyncIterator[Link]:
    """A connection to the gateway at `url` (http://host:port), by `key`, while the block runs."""
    address = f"{url.rstrip('/').replace('http', 'ws', 1)}/ws"
    try:
        async with connect(
            address,
            additional_headers={"Authorization": f"Bearer {key}"},
            compression=None,
            max_size=FRAME_MAX,
            proxy=None,
        ) as socket:
            link = Link(socket)
            async with working(link.listen()):
                yield link
    except (OSError, InvalidHandshake, InvalidURI, TimeoutError) as error:
        raise Failed(
            f"no gateway answers at {address} ({error}); start the exchange with `outcry up`, or "
            "name the right address with --url",
            ExitCode.UNREACHABLE,
        ) from error


def _broken(why: object) -> Failed:
    return Failed(f"the connection to the gateway ended: {why}", ExitCode.UNREACHABLE)
