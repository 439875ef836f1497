"""What accounts have, and what changed them; and that nobody learns anything of another's."""

import json
from typing import Any

import pytest

from outcry.broker.questions import BadRequest
from tests.broker.keeping import Keeper, Recorded

Fields = dict[str, Any]


@pytest.fixture
def venue(keeper: Keeper) -> Recorded:
    """Ann buys 10 of Ben's 50 at 4, then 10 at 6; sells 5 at 7; has one order open. Fees are 1 %
    for who takes. The other accounts of the venue do nothing."""
    venue = Recorded("ACME")
    for account in ("ann", "ben"):
        venue.send("account.open", {"account": account, "access": "open"})
    venue.send("account.deposit", {"account": "ann", "amount": "1000", "transfer_id": "t1"})
    shares = {"account": "ben", "symbol": "ACME", "quantity": "50", "price": "2"}
    venue.send("account.deposit", shares)
    venue.send("instrument.set", {"symbol": "ACME", "taker_fee": "0.01"})
    for side, quantity, price in (("buy", "10", "4"), ("buy", "10", "6"), ("sell", "5", "7")):
        other = "sell" if side == "buy" else "buy"
        order = {"symbol": "ACME", "quantity": quantity, "price": price}
        venue.order(**order, side=other, account="ben", client_order_id=f"ben-{price}")
        venue.order(**order, side=side, account="ann", client_order_id=f"ann-{price}")
    venue.order(symbol="ACME", side="buy", quantity="1", price="3", account="ann")
    limits = {"account": "ann", "max_open_orders": 5, "max_notional": "5000", "maker_fee": "0"}
    venue.send("account.set", limits)
    venue.send("account.set", {"account": "ann", "symbol": "ACME", "max_position": "100"})
    assert keeper.book(venue.entries)
    return venue


def test_a_fee_and_terms_that_were_taken_back_are_not_told(keeper: Keeper, venue: Recorded) -> None:
    """What an account inherits stands where it has that from."""
    venue.send("account.set", {"account": "ann", "maker_fee": "inherit"})
    venue.send("account.set", {"account": "ann", "symbol": "ACME", "max_position": "0"})
    assert keeper.book(venue.entries)
    told = keeper.ask("account", account="ann")["account"]
    assert "maker_fee" not in told
    assert "terms" not in told


def test_an_account_is_told_with_its_money(keeper: Keeper, venue: Recorded) -> None:
    """Settings, cash, what is held; positions at average cost; and what all of it is worth."""
    told = keeper.ask("account", account="ann")["account"]
    cash = 1000 - 40 - 60 + 35 - 1 - 0.35
    assert {name: told[name] for name in told if name not in ("positions", "updated_seq")} == {
        "account": "ann",
        "type": "cash",
        "state": "active",
        "access": "open",
        "self_trade_prevention": "cancel_newest",
        "multiplier": 1,
        "max_open_orders": 5,
        "max_notional": "5000",
        "maker_fee": "0",
        "terms": [{"symbol": "ACME", "max_position": "100"}],
        "cash": str(cash),
        "held": "3",
        "market_value": "105",
        "equity": str(cash + 105),
        "realised_profit": "10",
        "unrealised_profit": "30",
        "fees": "1.35",
    }
    (position,) = told["positions"]
    assert position == keeper.ask("positions", account="ann")["positions"][0]
    assert {name: position[name] for name in position if name != "updated_seq"} == {
        "account": "ann",
        "symbol": "ACME",
        "quantity": "15",
        "bought_quantity": "20",
        "bought_value": "100",
        "sold_quantity": "5",
        "sold_value": "35",
        "cost": "75",
        "average_price": "5",
        "realised_profit": "10",
        "fees": "1.35",
        "reference_price": "7",
        "market_value": "105",
        "unrealised_profit": "30",
    }


def test_activities_are_the_ledger_of_an_account(keeper: Keeper, venue: Recorded) -> None:
    """The newest first: what moved, the fee, the balance after."""
    told = keeper.ask("activities", account="ann")["activities"]
    moved = [(one["kind"], one["amount"], one.get("fee", ""), one["cash"]) for one in told]
    assert moved == [
        ("trade", "35", "0.35", "933.65"),
        ("trade", "-60", "0.6", "899"),
        ("trade", "-40", "0.4", "959.6"),
        ("deposit", "1000", "", "1000"),
    ]
    assert (told[0]["side"], told[0]["quantity"], told[0]["price"]) == ("sell", "5", "7")
    assert told[-1]["transfer_id"] == "t1"
    for kind in ("trade", "deposit", "withdrawal", "fee"):
        found = keeper.ask("activities", account="ann", kind=kind)["activities"]
        assert found == [one for one in told if one["kind"] == kind]
    page = keeper.ask("activities", account="ann", limit=1)
    rest = keeper.ask("activities", account="ann", before=page["next"])["activities"]
    assert page["activities"] + rest == told
    fees = keeper.ask("activities", account="#fees")["activities"]
    assert [one["amount"] for one in fees] == ["0.35", "0.6", "0.4"]


def test_the_tape_names_nobody(keeper: Keeper, venue: Recorded) -> None:
    """Everybody may see what traded, and nothing of who did."""
    told = keeper.ask("tape", symbol="ACME")["trades"]
    assert [(one["price"], one["quantity"], one["side"]) for one in told] == [
        ("7", "5", "sell"),
        ("6", "10", "buy"),
        ("4", "10", "buy"),
    ]
    assert told[0].keys() == {"trade_id", "ts", "symbol", "side", "price", "quantity"}
    assert keeper.ask("tape", symbol="ZINC")["trades"] == []


def test_an_account_that_is_not_there_is_told(keeper: Keeper, venue: Recorded) -> None:
    """Also one of another's, to who may not see it, in the same words."""
    for fields in ({"account": "eve"}, {"account": "ben", "viewer": ["ann"]}):
        with pytest.raises(BadRequest, match=f"there is no account {fields['account']}") as bad:
            keeper.ask("account", **fields)
        assert bad.value.code == "unknown_account"
    with pytest.raises(BadRequest, match="account is missing"):
        keeper.ask("account")


LISTS = ("orders", "trades", "positions", "accounts", "activities")


@pytest.mark.parametrize("question", LISTS)
def test_a_viewer_finds_what_is_its_own(keeper: Keeper, venue: Recorded, question: str) -> None:
    """The same rows as an administrator finds who asks for that account; none of others."""
    own = keeper.ask(question, viewer=["ann"], limit=1000)[question]
    assert own and "ben" not in json.dumps(own) and "#" not in json.dumps(own)
    both = keeper.ask(question, viewer=["ann", "ben"], limit=1000)[question]
    assert len(both) > len(own) or question == "trades"
    assert keeper.ask(question, viewer=[])[question] == []
    if question == "accounts":
        return
    of_ann = keeper.ask(question, account="ann", limit=1000)[question]
    assert keeper.ask(question, account="ann", viewer=["ann", "bob"])[question] == (
        of_ann if question != "trades" else own
    )
    assert keeper.ask(question, account="ben", viewer=["ann"])[question] == []


def test_a_viewer_learns_nothing_of_the_other_side(keeper: Keeper, venue: Recorded) -> None:
    """Neither the account, the order nor the fee of who traded with it."""
    for trade in keeper.ask("trades", viewer=["ann"])["trades"]:
        assert trade["taker_account"] == "ann" and "taker_order_id" in trade
        assert not trade.keys() & {"maker_account", "maker_order_id", "maker_fee"}
    for trade in keeper.ask("trades", viewer=["ben"])["trades"]:
        assert trade["maker_account"] == "ben" and "maker_order_id" in trade
        assert not trade.keys() & {"taker_account", "taker_order_id", "taker_fee"}
    whole = keeper.ask("trades", account="ann")["trades"]
    assert keeper.ask("trades", viewer=["ann", "ben"])["trades"] == whole
    assert all(trade["taker_fee"] for trade in whole)


def test_an_order_of_anothers_is_as_if_it_did_not_exist(keeper: Keeper, venue: Recorded) -> None:
    """By its id, by its client order id, and by its trades."""
    trade = keeper.ask("trades", account="ann")["trades"][0]
    theirs, own = trade["maker_order_id"], trade["taker_order_id"]
    nothing = keeper.ask("order", order_id=theirs.replace("-8000-", "-8001-"))
    assert "order" in keeper.ask("order", order_id=theirs)
    assert keeper.ask("order", order_id=theirs, viewer=["ann"]) == nothing
    assert keeper.ask("order", order_id=theirs, account="ben", viewer=["ann"]) == nothing
    named = {"client_order_id": "ben-4", "account": "ben"}
    assert "order" in keeper.ask("order", **named)
    assert keeper.ask("order", **named, viewer=["ann"]) == nothing
    assert keeper.ask("orders", client_order_id="ben-4", viewer=["ann"])["orders"] == []
    assert keeper.ask("trades", order_id=theirs, viewer=["ann"])["trades"] == []
    found = keeper.ask("order", order_id=own, viewer=["ann"])
    assert found["order"]["account"] == "ann" and "ben" not in json.dumps(found)
    assert len(keeper.ask("trades", order_id=own, viewer=["ann"])["trades"]) == 1


def test_a_name_that_another_gave_up_is_not_told(keeper: Keeper, venue: Recorded) -> None:
    """Whether a client order id of another's account is blocked is nobody else's business."""
    venue.order(op="cancel", client_order_id="gone", account="ben")
    assert keeper.book(venue.entries)
    named = {"client_order_id": "gone", "account": "ben"}
    assert keeper.ask("order", **named)["blocked"]
    assert "blocked" not in keeper.ask("order", **named, viewer=["ann"])


def test_accounts_are_paged_by_name(keeper: Keeper, venue: Recorded) -> None:
    """In the order of their names, each once."""
    everything = keeper.ask("accounts", limit=1000)["accounts"]
    names = [one["account"] for one in everything]
    assert names == sorted(names) and {"ann", "ben", "demo"} <= set(names)
    first = keeper.ask("accounts", limit=3)
    rest = keeper.ask("accounts", limit=1000, after=first["next"])
    assert first["accounts"] + rest["accounts"] == everything
