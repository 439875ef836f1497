"""Which keys there are, as an order service tells it."""

from pathlib import Path

import msgspec
import pytest

from outcry.domain.types import Role
from outcry.orders import access as pages
from outcry.orders.access import access_page, access_requests
from outcry.runtime.access import fetch_access
from outcry.runtime.nats_config import GATEWAY, ORDER_SERVICE
from outcry.wire.access import AccessPage, AccessRequest, KeyRow
from outcry.wire.keys import hash_secret, new_key, parse_key
from tests.running_nats import running_nats
from tests.venue import LOG, Venue


def create(venue: Venue, role: str = "trade", *accounts: str) -> str:
    """The text of a key that the operator has created."""
    text = new_key()
    parts = parse_key(text)
    assert parts is not None
    body = {"key_id": parts.key_id, "hash": hash_secret(parts.secret), "role": role}
    (told,) = venue.send("key.create", body | {"accounts": accounts})
    assert told.result == "accepted", told.text
    return text


def open_account(venue: Venue, name: str, rate: int = 0) -> None:
    (told,) = venue.send("account.open", {"account": name})
    assert told.result == "accepted", told.text
    if rate:
        venue.send("account.set", {"account": name, "max_order_rate": rate})


def ask(venue: Venue, after: str = "") -> AccessPage:
    return access_page(venue.desk, msgspec.json.encode(AccessRequest(after)))


def test_before_the_venue_opens_there_is_nothing() -> None:
    """No keys, of no log yet."""
    assert ask(Venue.closed()) == AccessPage(0, 0, "")


def test_a_page_tells_keys_and_rates_after_an_entry() -> None:
    """With keys that were revoked, and accounts that have a rate of their own."""
    venue = Venue()
    open_account(venue, "ann", 7)
    open_account(venue, "ben")
    venue.send("market.set", {"max_order_rate": 9})
    parts = [parse_key(create(venue, *asked)) for asked in (("read", "ann"), ("admin",))]
    ids = [part.key_id for part in parts if part]
    hashes = [hash_secret(part.secret) for part in parts if part]
    venue.send("key.revoke", {"key_id": ids[0]})
    page = ask(venue)
    assert page.keys == (
        KeyRow(ids[0], hashes[0], Role.READ, ("ann",), revoked=True),
        KeyRow(ids[1], hashes[1], Role.ADMIN),
    )
    assert (page.rates, page.market_rate, page.next) == ({"ann": 7}, 9, "")
    engine = venue.engine
    assert (page.entry, page.seq, page.log) == (engine.entry, engine.seq, LOG)


def test_pages_hold_everything_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many keys and accounts there are, and whichever are more."""
    monkeypatch.setattr(pages, "KEYS", 2)
    monkeypatch.setattr(pages, "ACCOUNTS", 3)
    venue = Venue()
    for number in range(8):
        open_account(venue, f"a{number}", number + 1)
    for _ in range(4):
        create(venue, "admin")
    told = [ask(venue)]
    while told[-1].next:
        told.append(ask(venue, told[-1].next))
    assert [key.key_id for page in told for key in page.keys] == list(venue.engine.keyring.keys)
    rates = [rate for page in told for rate in page.rates.items()]
    assert rates == [(f"a{number}", number + 1) for number in range(8)]
    assert max(len(page.keys) for page in told) == 2
    assert max(len(page.rates) for page in told) == 3


async def test_a_gateway_fetches_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All pages, and the entry after which it must fold executions; it waits for who answers."""
    monkeypatch.setattr(pages, "KEYS", 2)
    venue = Venue()
    open_account(venue, "ann", 7)
    keys = [create(venue, "trade", "ann") for _ in range(5)]
    async with (
        running_nats(tmp_path) as nats,
        access_requests(await nats.connect(ORDER_SERVICE), venue.desk),
    ):
        access, entry = await fetch_access(await nats.connect(GATEWAY))
    assert entry == venue.engine.entry
    found = [access.find(key) for key in keys]
    assert [key.accounts for key in found if key] == [("ann",)] * 5
    assert access.rate("ann") == 7
