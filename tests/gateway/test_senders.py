"""Who sends: the holder of a key that is good, from the first request after it was made on, and
until it is revoked."""

from functools import partial

import msgspec
import pytest

from outcry.gateway.answers import Answer
from outcry.gateway.senders import NEEDS_KEY, TWO_KEYS, Sender, Senders, authorization_of
from outcry.wire.access import Access
from outcry.wire.views import own
from tests.gateway.exchange import (
    ADMIN,
    OPENING,
    READER,
    REVOKED,
    TRADER,
    Exchange,
    an_exchange,
    key_fields,
    order,
)
from tests.waiting import until


def refused(found: Sender | Answer) -> Answer:
    assert isinstance(found, Answer)
    return found


async def test_the_holder_of_a_key_is_known_by_it() -> None:
    """With its role and accounts; the same for all of his connections."""
    async with an_exchange() as exchange:
        reader, admin = exchange.sender(READER), exchange.sender(ADMIN)
        assert (reader.account, reader.is_admin, reader.may_see("other")) == ("demo", False, False)
        assert (admin.account, admin.is_admin, admin.may_see("other")) == ("", True, True)
        assert exchange.senders.of_header(f"Bearer {READER}".encode()) is reader
        assert exchange.senders.of_header(f"bearer  {READER} ".encode()) is reader


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"Bearer",
        b"Bearer \xff",
        b"Basic ZGVtbzpkZW1v",
        TRADER.encode(),
        f"Bearer {TRADER[:-1]}0".encode(),
        f"Bearer {TRADER.upper()}".encode(),
        f"Bearer ook_{'f' * 16}_{'0' * 64}".encode(),
        f"Bearer {REVOKED}".encode(),
    ],
)
async def test_nobody_learns_what_is_wrong_with_a_key(text: bytes) -> None:
    """None, nonsense, a wrong secret, an unknown id and a revoked key have one answer."""
    async with an_exchange() as exchange:
        assert exchange.senders.of_header(text) is NEEDS_KEY
        assert NEEDS_KEY.status == 401


def test_before_the_keys_are_known_nobody_is_refused_for_good() -> None:
    """Who has something like a key is told to come back; who has none needs one anyway."""
    senders = Senders()
    assert refused(senders.find(TRADER)).status == 503
    assert senders.find("") is NEEDS_KEY
    senders.begin(Access())
    assert b"not open" in refused(senders.find(TRADER)).body
    senders.open()
    assert senders.find(TRADER) is NEEDS_KEY


async def test_a_revocation_is_told_to_who_watches() -> None:
    """Once, and only to those who still do."""
    async with an_exchange() as exchange:
        sender = exchange.sender()
        told: list[str] = []

        def gone() -> None:
            told.append("gone")

        def stays() -> None:
            told.append("stays")

        sender.watch(gone)
        sender.watch(stays)
        sender.unwatch(gone)
        await exchange.revoke(TRADER)
        assert told == ["stays"]
        assert sender.revoked
        assert exchange.senders.find(TRADER) is NEEDS_KEY
        sender.unwatch(stays)


async def test_rates_follow_the_log() -> None:
    """That of the account, else that of the market."""
    async with an_exchange() as exchange:
        for subject, body in (
            ("market.set", b'{"max_order_rate":9}'),
            ("account.set", b'{"account":"demo","max_order_rate":4}'),
        ):
            await exchange.orders.send(subject, body)
        await exchange.answer()
        assert [exchange.senders.rate(account) for account in ("demo", "other")] == [4, 9]


async def test_a_sender_is_told_what_is_his() -> None:
    """An administrator gets the bytes as they are; others no digest, which goes over all."""
    async with an_exchange() as exchange:
        stored = await answer_to(exchange, order("a1"))
        assert exchange.sender(ADMIN).view(stored) == stored
        seen = exchange.sender().view(stored)
        assert msgspec.json.decode(stored).keys() - msgspec.json.decode(seen).keys() == {"digest"}
        assert exchange.sender(READER).view(stored) == seen
        stranger = order("a2").replace(b'"key"', b'"account":"other","key"')
        other = await answer_to(exchange, stranger)
        assert exchange.sender(READER).view(other) == own(other, ["demo"])


async def answer_to(exchange: Exchange, body: bytes) -> bytes:
    """The one execution that answers an entry."""
    seq = await exchange.orders.last_seq() + 1
    await exchange.orders.send("order.created", body)
    await exchange.answer()
    entry = await exchange.executions.get(seq)
    assert entry is not None and seq > OPENING
    (execution,) = msgspec.json.decode(entry.body, type=list[msgspec.Raw])
    return bytes(execution)


async def test_a_key_is_good_when_its_making_is_answered() -> None:
    """Who made it may send at once."""
    text = f"ook_{'a' * 16}_{'b' * 64}"
    async with an_exchange() as exchange:
        body = key_fields(text) | {"role": "trade", "accounts": ["demo"]}
        await exchange.orders.send("key.create", msgspec.json.encode(body))
        await exchange.answer()
        await until(lambda: isinstance(exchange.senders.find(text), Sender))


def test_the_header_is_found_among_others() -> None:
    """By its name in lower case; without it there is none, and two are one too many."""
    headers = [(b"host", b"x"), (b"authorization", b"Bearer y"), (b"accept", b"*/*")]
    assert authorization_of(headers) == b"Bearer y"
    assert authorization_of(headers[:1]) == b""
    assert authorization_of([(b"authorization", b""), *headers]) is TWO_KEYS
    assert authorization_of([*headers, headers[1]]) is TWO_KEYS


async def test_who_has_many_sessions_has_each_of_them_told() -> None:
    """In the order in which they came, and each is let go without a look at the others."""
    async with an_exchange() as exchange:
        sender = exchange.sender()
        told: list[int] = []
        watchers = [partial(told.append, number) for number in range(10)]
        for watcher in watchers:
            sender.watch(watcher)
        for watcher in watchers[::2]:
            sender.unwatch(watcher)
        sender.revoke()
        assert told == [1, 3, 5, 7, 9]
