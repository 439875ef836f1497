"""Keys, and who may act for whom."""

import pytest

from outcry.domain.account import Account
from outcry.domain.commands import CreateKey, RevokeKey
from outcry.domain.keys import Keyring
from outcry.domain.reject import Reject, RejectReason
from outcry.domain.types import Access, Role

ANN, BOB, OPEN = Account("ann"), Account("bob"), Account("open", access=Access.OPEN)
ACCOUNTS = {account.name: account for account in (ANN, BOB, OPEN)}


def ring() -> Keyring:
    keyring = Keyring(5)
    for key_id, role, accounts in (
        ("reader", Role.READ, ("ann",)),
        ("trader", Role.TRADE, ("ann", "gone")),
        ("admin", Role.ADMIN, ()),
        ("revoked", Role.TRADE, ("ann",)),
    ):
        create = CreateKey(key_id, "0" * 64, role, accounts)
        assert keyring.create(create, ACCOUNTS | {"gone": Account("gone")}) is None
    assert keyring.revoke(RevokeKey("revoked")) is None
    return keyring


def refusal(outcome: Account | Reject | None) -> tuple[str, str]:
    return (outcome.reason.word, outcome.field) if isinstance(outcome, Reject) else ("", "")


@pytest.mark.parametrize(
    ("key", "account", "reason", "field"),
    [
        ("", "open", "", ""),
        ("", "ann", "not_allowed", "account"),
        ("", "nobody", "not_allowed", "account"),  # must not tell who is there
        ("reader", "ann", "not_allowed", "key"),
        ("reader", "bob", "not_allowed", "key"),
        ("trader", "ann", "", ""),
        ("trader", "bob", "not_allowed", "account"),
        ("trader", "open", "not_allowed", "account"),
        ("trader", "nobody", "not_allowed", "account"),
        ("trader", "gone", "unknown_account", "account"),
        ("admin", "ann", "", ""),
        ("admin", "nobody", "unknown_account", "account"),
        ("revoked", "ann", "key_revoked", "key"),
        ("other", "ann", "unknown_key", "key"),
        ("other", "open", "unknown_key", "key"),
    ],
)
def test_who_may_act_for_an_account(key: str, account: str, reason: str, field: str) -> None:
    """A key for trading for its own, one for administration for all, nobody's for open ones."""
    outcome = ring().holder(key, account, ACCOUNTS.get(account))
    assert refusal(outcome) == (reason, field)
    assert reason or outcome is ACCOUNTS[account]


@pytest.mark.parametrize(
    ("key", "reason"),
    [
        ("admin", ""),
        ("trader", "not_allowed"),
        ("reader", "not_allowed"),
        ("revoked", "key_revoked"),
        ("other", "unknown_key"),
    ],
)
def test_only_an_administrator_administers(key: str, reason: str) -> None:
    """Whatever accounts a key is for."""
    assert refusal(ring().refuse_admin(key)) == (reason, "key" if reason else "")


def test_a_key_is_given_once() -> None:
    """Also one that was revoked keeps its id; what is refused makes none."""
    keyring = ring()
    for create, reason in (
        (CreateKey("revoked", "1" * 64, Role.READ, ("ann",)), RejectReason.DUPLICATE_KEY),
        (CreateKey("new", "1" * 64, Role.READ, ("ann", "zed")), RejectReason.UNKNOWN_ACCOUNT),
        (CreateKey("fifth", "1" * 64, Role.READ, ("ann",)), None),
        (CreateKey("sixth", "1" * 64, Role.READ, ("ann",)), RejectReason.KEY_LIMIT),
    ):
        refused = keyring.create(create, ACCOUNTS)
        assert (refused.reason if refused else None) is reason
    assert list(keyring.keys) == ["reader", "trader", "admin", "revoked", "fifth"]


def test_a_key_is_revoked_once() -> None:
    """Then it is good for nothing, at once."""
    keyring = ring()
    assert keyring.revoke(RevokeKey("trader")) is None
    assert refusal(keyring.holder("trader", "ann", ANN)) == ("key_revoked", "key")
    assert refusal(keyring.revoke(RevokeKey("trader"))) == ("key_revoked", "key_id")
    assert refusal(keyring.revoke(RevokeKey("other"))) == ("unknown_key", "key_id")
