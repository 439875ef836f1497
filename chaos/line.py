"""The ways to a gateway: HTTP and WebSocket. Each asks one request at a time.

An answer is a list with one JSON object for each command, as it came: an execution, or what was
said instead. None: there was none.
"""

import asyncio
import contextlib
import json
import random
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import httpx
import msgspec
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidMessage

TIMEOUT_S = 8.0
"""Longer than a gateway waits before it says that it does not know."""
ANSWERED = {200, 201, 422}
AGAIN = {202, 429, 503}

Fields = dict[str, Any]
Request = Fields | list[Fields]

_members = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode


class Line(Protocol):
    async def ask(self, request: Request) -> list[bytes] | None:
        """Send the command or the array of commands, and wait for the answer."""

    async def close(self) -> None:
        """Hang up."""


class HttpLine:
    """To any of the gateways at `urls`, another one each time."""

    def __init__(
        self, urls: Sequence[str], headers: Mapping[str, str], chance: random.Random
    ) -> None:
        self._urls = urls
        self._chance = chance
        self._http = httpx.AsyncClient(headers=headers, trust_env=False, timeout=TIMEOUT_S)

    async def ask(self, request: Request) -> list[bytes] | None:
        """See Line.ask."""
        url = self._chance.choice(self._urls)
        try:
            response = await self._http.post(f"{url}/order", content=json.dumps(request))
        except httpx.TransportError:
            return None
        assert response.status_code in ANSWERED | AGAIN, response.text
        if not isinstance(request, list):
            return [response.content]
        if response.content.startswith(b"["):
            return split(response.content)
        return [response.content] * len(request)  # refused as a whole

    async def close(self) -> None:
        """See Line.close."""
        await self._http.aclose()


class WebSocketLine:
    """To one gateway; to any of them again after the connection has ended."""

    def __init__(
        self, urls: Sequence[str], headers: Mapping[str, str], chance: random.Random
    ) -> None:
        self._headers = headers
        self._urls = [url.replace("http", "ws", 1) for url in urls]
        self._chance = chance
        self._stream: ClientConnection | None = None
        self._asked = 0

    async def ask(self, request: Request) -> list[bytes] | None:
        """See Line.ask."""
        self._asked += 1
        many = isinstance(request, list)
        frame = {"id": self._asked, "orders" if many else "order": request}
        try:
            async with asyncio.timeout(TIMEOUT_S):
                answer = await self._exchange(json.dumps(frame))
        except (OSError, ConnectionClosed, InvalidHandshake, InvalidMessage):
            await self.close()
            return None
        members = _members(answer)
        assert bytes(members["id"]) == str(self._asked).encode(), answer
        return [_execution(part) for part in (split(members["results"]) if many else [answer])]

    async def _exchange(self, frame: str) -> bytes:
        if self._stream is None:
            url = f"{self._chance.choice(self._urls)}/ws"
            self._stream = await connect(
                url, additional_headers=self._headers, proxy=None, ping_interval=None
            )
        await self._stream.send(frame)
        return await self._stream.recv(decode=False)

    async def close(self) -> None:
        """See Line.close."""
        stream, self._stream = self._stream, None
        if stream is not None:
            with contextlib.suppress(OSError):
                stream.transport.abort()


def _execution(part: bytes) -> bytes:
    """The execution in one member of an answer, else the member as it is."""
    members = _members(part)
    return bytes(members["execution"]) if "execution" in members else part


def split(array: bytes | msgspec.Raw) -> list[bytes]:
    """The elements of a JSON array, as they stand in it."""
    return [bytes(part) for part in msgspec.json.decode(array, type=list[msgspec.Raw])]
