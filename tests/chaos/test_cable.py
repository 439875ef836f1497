"""A cable between two programs, and what can be done to it."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from chaos.cable import Cable

PATIENCE_S = 10.0


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while piece := await reader.read(1000):
        writer.write(piece)
    writer.close()


@pytest.fixture
async def cable() -> AsyncIterator[Cable]:
    async with await asyncio.start_server(echo, "127.0.0.1", 0) as server:
        cable = Cable(*server.sockets[0].getsockname())
        await cable.lay()
        yield cable
        await cable.close()


async def said(cable: Cable) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A connection over which something came back."""
    reader, writer = await asyncio.open_connection("127.0.0.1", cable.port)
    writer.write(b"hello")
    assert await asyncio.wait_for(reader.readexactly(5), PATIENCE_S) == b"hello"
    return reader, writer


async def is_broken(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
    try:
        return not await asyncio.wait_for(reader.read(1), PATIENCE_S)
    except ConnectionError:
        return True
    finally:
        writer.close()


async def test_a_cut_breaks_what_is_connected(cable: Cable) -> None:
    """Another connection goes through."""
    ends = await said(cable)
    cable.cut()
    assert await is_broken(*ends)
    (await said(cable))[1].close()


async def test_without_a_plug_nothing_goes_through(cable: Cable) -> None:
    """Until it is plugged in again."""
    ends = await said(cable)
    cable.pull()
    assert await is_broken(*ends)
    assert await is_broken(*await asyncio.open_connection("127.0.0.1", cable.port))
    cable.plug()
    (await said(cable))[1].close()


async def test_a_stalled_line_says_nothing_and_stays(cable: Cable) -> None:
    """Who waits at it waits, until it is cut."""
    reader, writer = await said(cable)
    cable.stall()
    writer.write(b"anybody")
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(reader.read(1), 0.05)
    cable.cut()
    assert await is_broken(reader, writer)
