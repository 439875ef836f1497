"""Asking which keys there are, before a service lets clients in."""

import asyncio
from pathlib import Path

import msgspec
from nats.aio.msg import Msg

from outcry.domain.types import Role
from outcry.runtime.access import fetch_access
from outcry.runtime.nats_config import ORDER_SERVICE, STREAM
from outcry.wire.access import AccessPage, AccessRequest, KeyRow
from outcry.wire.keys import hash_secret, new_key, parse_key
from outcry.wire.subjects import ACCESS
from tests.running_nats import running_nats
from tests.waiting import PATIENCE_S, settled

KEYS = [new_key() for _ in range(2)]


def row_of(text: str) -> KeyRow:
    parts = parse_key(text)
    assert parts is not None
    return KeyRow(parts.key_id, hash_secret(parts.secret), Role.READ, ("alice",))


ROWS = [(row_of(text),) for text in KEYS]


async def test_it_waits_for_an_order_service_and_takes_all_pages(tmp_path: Path) -> None:
    """Where pages come from several order services, the one that is behind decides what must be
    read again; where the log was replaced in between, it begins anew."""
    asked: list[str] = []
    answers = [
        AccessPage(9, 9, "one", ROWS[0], next="1"),
        AccessPage(1, 1, "other", next=""),
        AccessPage(9, 9, "one", ROWS[0], next="1"),
        AccessPage(7, 7, "one", ROWS[1], next=""),
    ]
    async with running_nats(tmp_path) as nats, asyncio.timeout(PATIENCE_S):
        fetching = asyncio.create_task(fetch_access(await nats.connect(STREAM)))
        service = await nats.connect(ORDER_SERVICE)

        async def answer(msg: Msg) -> None:
            asked.append(msgspec.json.decode(msg.data, type=AccessRequest).after)
            await service.publish(msg.reply, msgspec.json.encode(answers[len(asked) - 1]))

        await service.subscribe(ACCESS, cb=answer)
        await settled(service)
        access, entry = await fetching
    assert asked == ["", "1", "", "1"]
    assert entry == 7
    assert all(access.find(key) for key in KEYS)
