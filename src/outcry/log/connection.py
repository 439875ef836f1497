"""nats-py's client with what it lacks: any number of listeners, and nothing sent late.

Rule 1: what was handed over before the connection broke is either on the wire or forgotten.
nats-py would send its buffer after a reconnect, seconds after the sender was told Unanswered.
Rule 2: a server that is stopped or cut off holds nobody up. nats-py waits until it has read what
was written to it, before it reconnects and before it closes.
Rule 3: no header breaks the connection. Anyone who may publish chooses the headers; nats-py's
parser raises on some, and its read loop ends then.
"""

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any

from nats.aio.client import Client

Listener = Callable[[], None]

CLOSE_S = 2.0
HEADERS_BYTES_MAX = 4096
"""Longer ones are not parsed: neither the server's nor ours are, and parsing takes time."""


class Connection(Client):
    """A NATS client that tells its listeners when it lost and regained the server."""

    def __init__(self) -> None:
        super().__init__()
        self.on_lost: list[Listener] = []
        self.on_regained: list[Listener] = []
        self.unfit: asyncio.Future[None]
        """Carries why nobody may go on with it, though it is connected; made by `connect`."""
        self.closing = False
        """Whether we are the ones who end it."""

    async def connect(self, *args: Any, **options: Any) -> None:
        """As nats-py's, with `pending_size` 0: a publish without a server fails at once."""
        self.unfit = asyncio.get_running_loop().create_future()
        options.update(
            pending_size=0, disconnected_cb=self._tell_lost, reconnected_cb=self._tell_regained
        )
        await super().connect(*args, **options)

    async def close(self) -> None:
        """As nats-py's, but within bounds."""
        self.closing = True
        with contextlib.suppress(TimeoutError, OSError):
            async with asyncio.timeout(CLOSE_S):
                if self._transport:
                    await self._transport.drain()  # type: ignore[no-untyped-call]
                await super().close()
                return
        self._forget()
        self._abort()
        await super().close()

    @property
    def server_id(self) -> str:
        """Identity of the server that this connection is with."""
        return str(self._server_info.get("server_id", ""))

    @property
    def in_cluster(self) -> bool:
        """Whether that server is one of several."""
        return bool(self._server_info.get("cluster"))

    async def _process_op_err(self, e: Exception) -> None:
        self._abort()
        await super()._process_op_err(e)

    def _abort(self) -> None:
        writer = getattr(self._transport, "_io_writer", None)
        if writer is not None:
            writer.transport.abort()

    def _forget(self) -> None:
        # Only commands for the old connection are in it: nats-py sends the subscriptions anew.
        self._pending.clear()
        self._pending_data_size = 0

    async def _tell_lost(self) -> None:
        self._forget()
        for listener in self.on_lost:
            listener()

    async def _tell_regained(self) -> None:
        for listener in self.on_regained:
            listener()

    async def _process_headers(self, headers: bytes | None) -> dict[str, str] | None:
        if headers is None or len(headers) > HEADERS_BYTES_MAX:
            return None
        try:
            parsed: dict[str, str] | None = await super()._process_headers(headers)
        except (IndexError, UnicodeDecodeError):
            return None
        return parsed
