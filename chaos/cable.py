"""The line between a service and NATS, which can be cut, pulled out, or go dead."""

import asyncio
import contextlib

PIECE_BYTES = 1 << 16


class Cable:
    """Carries TCP from a port of its own on this machine to another one."""

    def __init__(self, host: str, port: int) -> None:
        self.port = 0
        self._to = host, port
        self._server: asyncio.Server | None = None
        self._ends: dict[asyncio.StreamWriter, None] = {}
        self._plugged = True
        self._carries = asyncio.Event()
        self._carries.set()
        self._work: dict[asyncio.Task[None], None] = {}

    async def lay(self) -> None:
        """Begin to carry."""
        self._server = await asyncio.start_server(self._connect, self._to[0], 0)
        self.port = self._server.sockets[0].getsockname()[1]

    def cut(self) -> None:
        """Break every connection; new ones go through."""
        self._carries.set()
        for end in list(self._ends):
            end.transport.abort()

    def pull(self) -> None:
        """Break every connection, and let none through until `plug`."""
        self._plugged = False
        self.cut()

    def plug(self) -> None:
        self._plugged = True

    def stall(self) -> None:
        """Let nothing through, though everything seems connected, until `cut`."""
        self._carries.clear()

    async def close(self) -> None:
        self.pull()
        if self._server is not None:
            self._server.close()
        await asyncio.gather(*self._work, return_exceptions=True)

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        work = asyncio.current_task()
        assert work is not None
        self._work[work] = None
        try:
            if self._plugged:
                await self._carry(reader, writer)
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.transport.abort()
            del self._work[work]

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection(*self._to)
        self._ends[writer] = self._ends[back] = None
        try:
            await asyncio.gather(self._pump(reader, back), self._pump(there, writer))
        finally:
            back.transport.abort()
            del self._ends[writer], self._ends[back]

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while piece := await reader.read(PIECE_BYTES):
            await self._carries.wait()
            writer.write(piece)
            await writer.drain()
        with contextlib.suppress(OSError):
            writer.close()
