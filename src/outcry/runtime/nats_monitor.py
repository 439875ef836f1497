"""Questions to a NATS server's monitoring port."""

import asyncio
import ssl
from typing import Any
from urllib.parse import urlsplit

import msgspec

TIMEOUT_S = 2.0
_OK = 200


class MonitorError(Exception):
    """The monitoring port does not answer, or answers with an error."""


class MonitorRefused(MonitorError):
    """It answers with an error, `why`."""

    def __init__(self, place: str, why: str) -> None:
        super().__init__(f"{place}: {why}")
        self.why = why


async def ask_monitor(url: str, path: str, *, verified: bool = True) -> dict[str, Any]:
    """The JSON object at `path`, such as "/jsz", of the monitoring port at `url`.

    Not `verified`: whatever its certificate says. Raises MonitorRefused, or another MonitorError.
    """
    try:
        async with asyncio.timeout(TIMEOUT_S):
            answer = await _get(url, path, verified)
        head, _, body = answer.partition(b"\r\n\r\n")
        if int(head.split()[1]) != _OK:
            raise MonitorRefused(f"{url}{path}", _why(body))
        return msgspec.json.decode(body, type=dict[str, Any])
    except (OSError, TimeoutError, ValueError, IndexError, msgspec.DecodeError) as error:
        raise MonitorError(f"{url}{path}: {error!r}") from error


def _why(body: bytes) -> str:
    """/healthz says it in JSON, all else in words."""
    try:
        return str(msgspec.json.decode(body, type=dict[str, Any])["error"])
    except (msgspec.MsgspecError, KeyError):
        return body.decode(errors="replace").strip()


async def _get(url: str, path: str, verified: bool) -> bytes:
    parts = urlsplit(url)
    secure = parts.scheme == "https"
    context = None if verified or not secure else unverified()
    reader, writer = await asyncio.open_connection(
        parts.hostname, parts.port, ssl=context or secure
    )
    try:
        # HTTP/1.0: the answer ends where the connection does
        writer.write(f"GET {path} HTTP/1.0\r\nHost: {parts.netloc}\r\n\r\n".encode())
        return await reader.read()
    finally:
        writer.close()


def unverified() -> ssl.SSLContext:
    """For a connection to what we have started, whatever name its certificate is for."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
