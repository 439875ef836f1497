"""Whether somebody was served who had no right to it, by the audit that says so."""

import copy

import pytest

from chaos.customers import id_of, key_of
from chaos.rights import check_rights
from outcry.cli.operate.keys import creation
from tests.chaos.venue_in_memory import Session

ORDER = {"account": "eve", "symbol": "AAPL", "side": "buy", "quantity": "1", "price": "10"}


def session() -> Session:
    """Somebody with a key trades, until it is revoked; guests trade for open accounts."""
    made = Session()
    made.trade()
    made.enter("account.open", {"account": "eve"})
    made.enter("account.deposit", {"account": "eve", "amount": "100"})
    made.enter("key.create", creation(key_of("eve"), "trade", ("eve",), ""))
    assert made.enter("order.created", ORDER | {"key": id_of("eve")})["result"] == "accepted"
    made.enter("key.revoke", {"key_id": id_of("eve")})
    assert made.enter("order.created", ORDER | {"key": id_of("eve")})["result"] == "rejected"
    assert made.enter("order.created", ORDER)["result"] == "rejected"
    return made


def test_what_the_engine_serves_is_right() -> None:
    """Keys, open accounts, the operator: nobody else."""
    check_rights(session().told)


@pytest.mark.parametrize("which", [-1, -2])
def test_who_is_served_without_a_right_is_found(which: int) -> None:
    """By a key that was revoked, and by none for an account that is not open."""
    told = copy.deepcopy(session().told)
    told[which]["result"] = "accepted"
    with pytest.raises(AssertionError, match="done"):
        check_rights(told)


def test_a_key_of_another_account_is_found() -> None:
    """A key that is good, for somebody else."""
    told = session().told
    served = next(one for one in told if one.get("key") and one["op"] == "new")
    served["order"]["account"] = "ann"
    with pytest.raises(AssertionError, match="for something else"):
        check_rights(told)
