"""What an execution shows to whom."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from outcry.wire.command_messages import (
    CancelAllMessage,
    CancelMessage,
    CreateKeyMessage,
    DepositMessage,
    ExitMovedMessage,
    InstrumentMessage,
    KillMessage,
    OrdersExpiredMessage,
    StopTriggeredMessage,
)
from outcry.wire.messages import (
    AccountSettingsMessage,
    BalanceMessage,
    ChangeMessage,
    ExecutionMessage,
    OrderMessage,
    QuoteMessage,
    TradeMessage,
)
from outcry.wire.views import PRIVATE, PublicExecution, concerns, mine, own, public

NAMES = ("Alice", "Bob", "Carol", "Dora")
NUMBERS = {name: str(7_000_001 + number) for number, name in enumerate(NAMES)}
"""An amount that only this account has."""
SECRETS = ("Alice", "Bob", "Carol", "Dora", *NUMBERS.values(), "digest")
HEAD = {"seq", "ts", "entry", "index", "id", "log", "shard", "result", "op"}

names = st.sampled_from(NAMES)
some = st.sets(names).map(lambda chosen: tuple(sorted(chosen)))


def order_of(account: str) -> OrderMessage:
    return OrderMessage(
        f"order-{NAMES.index(account)}",
        account,
        "AAPL",
        "buy",
        "limit",
        "gtc",
        "5",
        "filled",
        "5",
        "0",
        f"ours-{account}",
        "10",
        "10",
    )


def change_of(account: str) -> ChangeMessage:
    place = f"maker-{NAMES.index(account)}"
    return ChangeMessage(place, account, "filled", "2", "0", f"ours-{account}", "10")


def trade_of(number: int, taker: str, maker: str) -> TradeMessage:
    fees = NUMBERS[taker], NUMBERS[maker]
    return TradeMessage(f"7-{number}", "10", "2", f"maker-{NAMES.index(maker)}", *fees)


def balance_of(account: str) -> BalanceMessage:
    return BalanceMessage(account, NUMBERS[account], NUMBERS[account], "AAPL", "3", "1")


def settings_of(account: str) -> AccountSettingsMessage:
    return AccountSettingsMessage(
        account, "cash", "active", "keys", "cancel_newest", 1, max_exposure=NUMBERS[account]
    )


def message(**told: Any) -> ExecutionMessage:
    head: dict[str, Any] = {
        "seq": 7,
        "ts": "17",
        "entry": 5,
        "id": "the id",
        "log": "the log",
        "shard": 3,
    }
    return ExecutionMessage(**(head | {"result": "accepted", "op": "new"} | told))


@st.composite
def orders(draw: st.DrawFn) -> ExecutionMessage:
    """Of an order that met others, or was refused, or came twice."""
    sender, makers = draw(names), draw(st.lists(names, unique=True))
    result = draw(st.sampled_from(["accepted", "accepted", "rejected", "duplicate"]))
    refused = {"reason": "halted", "text": f"text for {sender}", "field": "symbol"}
    told: dict[str, Any] = {}
    if result == "rejected":
        told = refused
    elif result == "duplicate":
        told = {"first_seq": 3}
    else:
        told = {
            "trades": tuple(trade_of(n, sender, maker) for n, maker in enumerate(makers)),
            "changed": tuple(map(change_of, makers)),
            "quote": QuoteMessage(("9", "1"), None),
            "balances": tuple(map(balance_of, dict.fromkeys((sender, *makers)))),
        }
    return message(
        result=result, order=order_of(sender), key=f"key of {sender}", digest="a digest", **told
    )


@st.composite
def commands(draw: st.DrawFn) -> ExecutionMessage:
    """Of a command that is repeated in it: a mass cancel, a transfer, a setting, a key."""
    account, others = draw(names), draw(st.lists(names, unique=True))
    given_by = f"key for {account}"
    op, command = draw(
        st.sampled_from(
            [
                ("cancel", CancelMessage(account, "order-9", f"ours-{account}")),
                ("cancel_all", CancelAllMessage(account)),
                ("orders.expired", OrdersExpiredMessage()),
                ("account.deposit", DepositMessage(account, NUMBERS[account])),
                ("market.kill", KillMessage(account)),
                ("key.create", CreateKeyMessage(account, "hash", "trade", (account, *others))),
            ]
        )
    )
    told: dict[str, Any] = {"command": command, "op": op, "key": given_by}
    match command:
        case CancelAllMessage():
            told |= {"changed": tuple(map(change_of, [account])), "unfinished": True}
            told |= {"balances": (balance_of(account),)}
        case DepositMessage():
            told |= {"balances": (balance_of(account),)}
        case KillMessage():
            told |= {"settings": settings_of(account)}
        case OrdersExpiredMessage():
            told |= {"changed": tuple(map(change_of, others)), "unfinished": draw(st.booleans())}
            told |= {"balances": tuple(map(balance_of, others)), "key": ""}
            return message(**told)
    if draw(st.booleans()):
        told = {"command": command, "op": op, "key": given_by, "result": "rejected"}
        told |= {"reason": "unknown_order", "text": f"text for {account}", "field": "order_id"}
    return message(**told)


executions = orders() | commands()


def encoded(execution: ExecutionMessage) -> bytes:
    return msgspec.json.encode(execution)


@given(executions)
def test_the_public_form_tells_of_nobody(execution: ExecutionMessage) -> None:
    """No account, client order id, key, text, fee, balance or digest is in it."""
    view = public(encoded(execution))
    assert [secret for secret in SECRETS if secret.encode() in view] == []
    known = set(PublicExecution.__struct_fields__)
    assert json.loads(view).keys() <= (known if execution.result == "accepted" else HEAD)


@given(orders())
def test_the_public_form_tells_of_the_market(execution: ExecutionMessage) -> None:
    """What was ordered, traded and changed, and the quote, are everybody's business."""
    view = json.loads(public(encoded(execution)))
    whole = json.loads(encoded(execution))
    assert {name: view[name] for name in HEAD & whole.keys()} == {
        name: whole[name] for name in HEAD & whole.keys()
    }
    if execution.result != "accepted":
        return
    for one in [whole["order"], *whole.get("changed", [])]:
        del one["account"], one["client_order_id"]
    for trade in whole.get("trades", []):
        del trade["taker_fee"], trade["maker_fee"]
    for name in ("order", "trades", "changed", "quote"):
        assert view.get(name) == whole.get(name)


@given(executions, some)
def test_ones_own_form_tells_of_nobody_else(
    execution: ExecutionMessage, accounts: tuple[str, ...]
) -> None:
    """Nothing is in it that is of another account."""
    view = own(encoded(execution), accounts)
    others = set(NAMES) - set(accounts)
    told = [secret for name in others for secret in (name, NUMBERS[name])]
    if isinstance(execution.command, CreateKeyMessage):
        told = list(SECRETS)
    assert [secret for secret in (*told, "digest") if secret.encode() in view] == []


@given(executions, some)
def test_ones_own_form_adds_to_the_public_one(
    execution: ExecutionMessage, accounts: tuple[str, ...]
) -> None:
    """All that is public is in it as well; and no more where it concerns others alone."""
    body = encoded(execution)
    told, seen = json.loads(own(body, accounts)), json.loads(public(body))
    assert contains(told | {"op": seen["op"]}, seen)
    if not set(accounts) & set(concerns(body)):
        assert told == seen


@given(executions)
def test_ones_own_form_holds_all_that_is_ones_own(execution: ExecutionMessage) -> None:
    """Where no other account is concerned, only the digest is left out."""
    if isinstance(execution.command, CreateKeyMessage | OrdersExpiredMessage):
        return  # which name other accounts, or nobody: an administrator sees those whole
    body = encoded(execution)
    told = json.loads(own(body, NAMES))
    assert told | ({"digest": execution.digest} if execution.digest else {}) == json.loads(body)


@given(executions, some)
def test_the_sender_gets_the_same_bytes_where_nobody_else_is_concerned(
    execution: ExecutionMessage, accounts: tuple[str, ...]
) -> None:
    """Else its own form."""
    body = encoded(execution)
    alone = set(concerns(body)) <= set(accounts)
    assert mine(body, accounts) == (body if alone else own(body, accounts))


@given(executions)
def test_an_execution_concerns_whoever_it_names(execution: ExecutionMessage) -> None:
    """The sender, those whose orders or balances changed, and whose settings did."""
    told: list[object] = [*execution.changed, *execution.balances]
    told += [execution.order, execution.settings, execution.command]
    named = {getattr(one, "account", "") for one in told} - {""}
    found = concerns(encoded(execution))
    assert set(found) == named
    assert len(found) == len(named)


def contains(whole: Any, part: Any) -> bool:
    """Whether all of `part` is in `whole`, at the same places."""
    if isinstance(part, dict):
        return all(contains(whole.get(name), value) for name, value in part.items())
    if isinstance(part, list):
        return len(whole) == len(part) and all(map(contains, whole, part))
    return bool(whole == part)


@pytest.mark.parametrize("op", ["account.open", "account.deposit", "market.kill", "key.revoke"])
def test_what_is_between_an_account_and_the_venue_is_private(op: str) -> None:
    """Only whose it is sees which command it was."""
    execution = encoded(message(op=op, command=KillMessage("Alice")))
    assert json.loads(public(execution))["op"] == PRIVATE
    assert json.loads(own(execution, ["Bob"]))["op"] == PRIVATE
    assert json.loads(own(execution, ["Alice"]))["op"] == op


def test_listings_are_public() -> None:
    """With their band, fees and limits."""
    listing = InstrumentMessage("AAPL", "0.01", price_band="0.05", taker_fee="0.001")
    view = json.loads(public(encoded(message(op="instrument.set", instrument=listing))))
    assert view["instrument"] == json.loads(msgspec.json.encode(listing))
    assert view["op"] == "instrument.set"


@pytest.mark.parametrize("reason", ["not_allowed", "unknown_key", "key_revoked"])
def test_an_attempt_without_the_right_is_not_the_accounts(reason: str) -> None:
    """The owner of the account does not see the key, the text or the ids of who tried."""
    told = {"reason": reason, "text": "the key is not for Alice", "key": "of Bob"}
    execution = encoded(message(result="rejected", order=order_of("Alice"), **told))
    assert own(execution, ["Alice"]) == public(execution)


def test_a_command_that_cannot_be_read_is_of_nobody() -> None:
    """A guest who has no right to an account puts nothing into its stream by naming it."""
    told = {"account": "Alice", "client_order_id": "ours-Alice", "text": "for Alice"}
    execution = encoded(message(op="malformed", result="rejected", reason="malformed", **told))
    assert own(execution, ["Alice"]) == own(execution, ["Bob"]) == public(execution)


def test_a_name_in_a_string_is_no_account() -> None:
    """Whatever a client writes, it does not read as the field of an account."""
    order = msgspec.structs.replace(order_of("Alice"), client_order_id='"account":"Bob"')
    body = encoded(message(order=order))
    assert concerns(body) == ("Alice",)
    assert mine(body, ["Alice"]) == body


def test_what_an_order_hides_is_told_to_its_account_alone() -> None:
    """Others see what the book shows, and what has traded, which trades tell as well."""
    part = {"display_quantity": "7", "displayed_quantity": "3"}
    order = msgspec.structs.replace(
        order_of("Alice"), quantity="990", filled_quantity="30", leaves_quantity="960", **part
    )
    maker = ChangeMessage("maker-1", "Bob", "partially_filled", "20", "880", displayed_quantity="4")
    whole = encoded(message(order=order, changed=(maker,)))
    for seen in (public(whole), own(whole, ("Carol",))):
        told = json.loads(seen)
        assert (told["order"]["quantity"], told["order"]["leaves_quantity"]) == ("33", "3")
        assert told["changed"][0]["leaves_quantity"] == "4"
        assert not any(hidden in seen for hidden in (b"display", b"990", b"960", b"880"))
    hers = json.loads(own(whole, ("Alice",)))
    assert hers["order"] == json.loads(whole)["order"]
    assert hers["changed"][0]["leaves_quantity"] == "4"
    his = json.loads(own(whole, ("Bob",)))
    assert (his["order"]["quantity"], his["changed"][0]["leaves_quantity"]) == ("33", "880")


def test_an_order_that_hid_something_ends_with_what_it_has_traded() -> None:
    """What it hid until it was cancelled is told to nobody else."""
    order = msgspec.structs.replace(
        order_of("Alice"), quantity="990", filled_quantity="30.5", display_quantity="7"
    )
    told = json.loads(public(encoded(message(order=order))))["order"]
    assert (told["quantity"], told["leaves_quantity"]) == ("30.5", "0")


def test_a_stop_order_that_is_held_is_its_accounts_alone() -> None:
    """Others see that something happened, and no more; also when it goes without a trigger."""
    for status, op in (("held", "new"), ("held", "replace"), ("canceled", "cancel")):
        order = msgspec.structs.replace(order_of("Alice"), status=status, untriggered=True)
        quote = QuoteMessage(bid=("15", "1"))
        whole = encoded(message(op=op, order=order, quote=quote))
        for seen in (public(whole), own(whole, ("Bob",))):
            told = json.loads(seen)
            assert (told["op"], told["result"]) == ("private", "accepted")
            assert not {"order", "quote", "command"} & told.keys()
        hers = json.loads(own(whole, ("Alice",)))
        assert (hers["op"], hers["order"]["untriggered"]) == (op, True)
        assert hers["quote"] == {"bid": ["15", "1"]}


def test_a_mass_cancel_shows_others_what_was_in_the_book() -> None:
    """Of stop orders that were held only their account is told that they went."""
    rested = ChangeMessage("rested", "Alice", "canceled", "0", "0", reason="requested")
    held = msgspec.structs.replace(rested, order_id="held", untriggered=True)
    whole = encoded(message(op="cancel_all", changed=(rested, held)))
    for seen in (public(whole), own(whole, ("Bob",))):
        assert [one["order_id"] for one in json.loads(seen)["changed"]] == ["rested"]
    hers = json.loads(own(whole, ("Alice",)))["changed"]
    assert [one["order_id"] for one in hers] == ["rested", "held"]


def test_a_stop_order_is_everybodys_business_once_it_is_triggered() -> None:
    """It is told as an order that has come then."""
    order = msgspec.structs.replace(order_of("Alice"), type="stop_limit", stop_price="15")
    command = StopTriggeredMessage(order.order_id)
    told = json.loads(public(encoded(message(op="stop.triggered", command=command, order=order))))
    assert (told["op"], told["order"]["order_id"]) == ("stop.triggered", order.order_id)
    assert "stop_price" not in told["order"]


PLANS: dict[str, Any] = {
    "order_class": "bracket",
    "take_profit": "11",
    "stop_loss": "9",
    "stop_loss_limit": "8",
    "stop_price": "9",
    "stop_limit_price": "8",
    "trigger": "quote",
    "trail": "1",
    "trail_percent": "1",
    "high_water_mark": "11",
    "notional": "50",
    "parent_order_id": "the parent",
    "unarmed": True,
    "exit_order_id": "the exit",
}


def test_what_an_order_plans_is_nobodys_business() -> None:
    """Its exit and its stop prices, its trail and its worth are told to its account alone: others
    see the order that is in the book."""
    plain = order_of("Alice")
    planned = msgspec.structs.replace(plain, **PLANS)
    whole = encoded(message(order=planned))
    for see in (public, lambda one: own(one, ("Bob",))):
        assert see(whole) == see(encoded(message(order=plain)))
    assert json.loads(own(whole, ("Alice",)))["order"].items() >= PLANS.items()


def test_an_exit_is_its_accounts_alone_until_it_is_armed() -> None:
    """Then it is told as an order that has come; what it waits for is not."""
    order = msgspec.structs.replace(order_of("Alice"), status="held", **PLANS)
    quote = QuoteMessage(bid=("15", "1"))
    for untriggered, op in ((True, "private"), (False, "exit.moved")):
        leg = msgspec.structs.replace(order, untriggered=untriggered)
        command = ExitMovedMessage(leg.order_id)
        whole = encoded(message(op="exit.moved", command=command, order=leg, quote=quote))
        for seen in (public(whole), own(whole, ("Bob",))):
            told = json.loads(seen)
            assert told["op"] == op and "command" not in told
            assert ("order" in told) is ("quote" in told) is not untriggered
            assert not told.get("order", {}).keys() & PLANS.keys()
        assert json.loads(own(whole, ("Alice",)))["op"] == "exit.moved"
