"""What may leave an account, and what may not."""

from tests.venue import Venue


def account_in_debt(venue: Venue) -> None:
    """`eve` has bought 16 at 10 with 100 of her own, and may borrow nothing any more."""
    venue.send("account.open", {"account": "eve", "type": "margin", "multiplier": 2})
    venue.send("account.deposit", {"account": "eve", "amount": "100"})
    venue.send("key.create", {"key_id": "a" * 16, "hash": "0" * 64, "role": "admin"})
    order = {"symbol": "ACME", "quantity": 16, "price": 10}
    venue.order(account="bob", side="sell", **order)
    bought = venue.order(account="eve", side="buy", key="a" * 16, **order)
    assert bought.order is not None
    assert bought.order.status == "filled"
    venue.send("account.set", {"account": "eve", "multiplier": 1})


def test_shares_stay_with_who_owes_money() -> None:
    """What stands for borrowed money does not leave, also where nothing can be borrowed on it."""
    venue = Venue("ACME")
    account_in_debt(venue)
    shares = {"account": "eve", "symbol": "ACME", "quantity": 1}
    (refused,) = venue.send("account.withdraw", shares)
    assert (refused.reason, refused.field) == ("shares_available", "quantity")
    venue.send("account.deposit", {"account": "eve", "amount": "60"})
    (withdrawn,) = venue.send("account.withdraw", shares)
    assert withdrawn.result == "accepted"
