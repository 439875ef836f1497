"""How a service gets its connection, and what it refuses to run on."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import structlog

from outcry.runtime.lifecycle import Refused
from outcry.runtime.nats import connect
from outcry.runtime.nats_config import GATEWAY, STREAM
from outcry.runtime.nats_server import NatsServer, start_nats_server
from tests.waiting import PATIENCE_S, free_port, until


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[NatsServer]:
    running = await start_nats_server(tmp_path / "disk", port=0, monitor_port=0)
    yield running
    await running.stop()


@asynccontextmanager
async def server_of_version(version: str, max_payload: int = 8 << 20) -> AsyncIterator[str]:
    """The address of something that greets as a NATS server does."""
    hello = f'{{"server_id":"X","version":"{version}","max_payload":{max_payload}}}'

    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(f"INFO {hello}\r\n".encode())
        while line := await reader.readline():
            if line.startswith(b"PING"):
                writer.write(b"PONG\r\n")
        writer.close()

    listener = await asyncio.start_server(greet, "127.0.0.1", 0)
    host, port = listener.sockets[0].getsockname()
    try:
        yield f"nats://{host}:{port}"
    finally:
        listener.close()
        await listener.wait_closed()


async def test_a_service_waits_for_nats_and_says_so(tmp_path: Path) -> None:
    """Services may start in any order; the message comes at once, and not ten times a second."""
    port = free_port()
    before = await start_nats_server(tmp_path, port=port, monitor_port=0)
    await before.stop()
    with structlog.testing.capture_logs() as lines:
        connecting = asyncio.create_task(connect(before.url(GATEWAY), GATEWAY))
        await until(lambda: [line for line in lines if line["event"] == "waiting for NATS"])
        server = await start_nats_server(tmp_path, port=port, monitor_port=0)
        nc = await asyncio.wait_for(connecting, PATIENCE_S)
    assert nc.is_connected
    events = [line["event"] for line in lines]
    assert events == ["waiting for NATS", "connected to NATS"]
    await nc.close()
    await server.stop()


async def test_waiting_can_be_given_up() -> None:
    """A service that is ended while it waits ends."""
    connecting = asyncio.create_task(connect(f"nats://127.0.0.1:{free_port()}", GATEWAY))
    await asyncio.sleep(0)
    connecting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(connecting, PATIENCE_S)


async def test_what_the_log_says_of_nats_holds_no_password(server: NatsServer) -> None:
    """The place is named without the user."""
    with structlog.testing.capture_logs() as lines:
        nc = await connect(server.url(GATEWAY), GATEWAY)
        await nc.close()
    assert server.passwords[GATEWAY] not in str(lines)
    assert {line["nats"] for line in lines} == {server.address}


async def test_a_wrong_password_is_not_waited_out(server: NatsServer) -> None:
    """It will not become right: the service says what to check, and ends."""
    url = f"nats://{GATEWAY}:wrong@{server.address}"
    with pytest.raises(Refused, match=r"refuses the user of gateway; .* --nats-url"):
        await asyncio.wait_for(connect(url, GATEWAY), PATIENCE_S)


async def test_a_guest_is_no_service(server: NatsServer) -> None:
    """He may not hear its answers: the service says so, instead of waiting for them for ever."""
    for url in (f"nats://{server.address}", server.url(STREAM)):
        with pytest.raises(Refused, match=r"refuses the user of gateway; .* --nats-url"):
            await asyncio.wait_for(connect(url, GATEWAY), PATIENCE_S)


@pytest.mark.parametrize(
    "url",
    ["", "localhost:4222", "http://localhost:4222", "nats://", "nats://host:port", "nats://["],
)
async def test_an_address_that_is_none_is_refused(url: str) -> None:
    """The service says what it expected, instead of trying for ever."""
    with pytest.raises(Refused, match=r"not an address; expected nats://host:4222"):
        await connect(url, GATEWAY)


async def test_one_server_of_several_is_enough(server: NatsServer) -> None:
    """Addresses of a cluster are given with commas between."""
    nowhere = f"nats://127.0.0.1:{free_port()}"
    nc = await asyncio.wait_for(connect(f"{nowhere},{server.url(STREAM)}", STREAM), PATIENCE_S)
    assert nc.is_connected
    await nc.close()


async def test_an_old_server_is_refused() -> None:
    """The message names its version and the one that is needed."""
    async with server_of_version("2.14.6") as url:
        with pytest.raises(Refused, match=r"version 2\.14\.6; 2\.15\.1 or newer"):
            await asyncio.wait_for(connect(url, GATEWAY), PATIENCE_S)


async def test_a_newer_server_is_taken() -> None:
    """Versions are compared as numbers."""
    async with server_of_version("2.100.0") as url:
        nc = await asyncio.wait_for(connect(url, GATEWAY), PATIENCE_S)
        await nc.close()


async def test_a_server_that_takes_short_messages_only_is_refused() -> None:
    """A large answer would not get into the log; the message says what to set."""
    async with server_of_version("2.15.1", max_payload=1 << 20) as url:
        with pytest.raises(Refused, match=r"1048576 bytes; .*`max_payload: 8MB`"):
            await asyncio.wait_for(connect(url, GATEWAY), PATIENCE_S)


async def test_each_service_has_its_own_inbox(server: NatsServer) -> None:
    """Its prefix carries the service's name, as its rights do."""
    nc = await connect(server.url(STREAM), STREAM)
    assert nc.new_inbox().startswith("_INBOX_stream.")
    await nc.close()
