"""Who has which key, and who administered what."""

import json

import pytest

from tests.broker.keeping import Keeper, Recorded

ADMIN, TRADER = "a" * 16, "b" * 16
HASH = "c" * 64


@pytest.fixture
def venue(keeper: Keeper) -> Recorded:
    """A key of an administrator, with which another is made and revoked."""
    venue = Recorded("ACME", bare=True)
    venue.send("account.open", {"account": "ann"})
    key = {"key_id": ADMIN, "hash": HASH, "role": "admin", "name": "ops"}
    venue.send("key.create", key)
    second = {"key_id": TRADER, "hash": HASH, "role": "trade", "accounts": ["ann"]}
    venue.order(op="key.create", key=ADMIN, **second)
    venue.order(op="key.revoke", key=ADMIN, key_id=TRADER)
    venue.order(op="key.revoke", key=ADMIN, key_id=TRADER)
    assert keeper.book(venue.entries)
    return venue


def test_keys_are_listed_without_their_hashes(keeper: Keeper, venue: Recorded) -> None:
    """By their id; revoked ones too."""
    told = keeper.ask("keys")["keys"]
    assert HASH not in json.dumps(told)
    assert told == [
        {"key_id": ADMIN, "role": "admin", "accounts": [], "name": "ops", "created_seq": 4},
        {
            "key_id": TRADER,
            "role": "trade",
            "accounts": ["ann"],
            "created_seq": 5,
            "revoked": True,
            "revoked_seq": 6,
        },
    ]
    page = keeper.ask("keys", limit=1)
    assert page["keys"] + keeper.ask("keys", after=page["next"])["keys"] == told


def test_the_audit_trail_names_the_key(keeper: Keeper, venue: Recorded) -> None:
    """Every command of administration, the newest first, refused ones with their reason."""
    told = keeper.ask("audit")["audit"]
    assert [(one["op"], one.get("key", ""), one["result"]) for one in told] == [
        ("key.revoke", ADMIN, "rejected"),
        ("key.revoke", ADMIN, "accepted"),
        ("key.create", ADMIN, "accepted"),
        ("key.create", "", "accepted"),
        ("account.open", "", "accepted"),
        ("instrument.list", "", "accepted"),
        ("venue.open", "", "accepted"),
    ]
    assert told[0]["reason"] == "key_revoked"
    assert told[2]["command"]["key_id"] == TRADER
    assert HASH not in json.dumps(told)
    assert HASH not in str([list(row) for row in keeper.rows("audit") + keeper.rows("keys")])
    assert keeper.ask("audit", key=ADMIN)["audit"] == told[:3]
    assert keeper.ask("audit", op="key.create")["audit"] == told[2:4]
    page = keeper.ask("audit", limit=2)
    assert page["audit"] + keeper.ask("audit", before=page["next"])["audit"] == told
