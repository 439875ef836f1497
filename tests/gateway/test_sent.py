"""What a command may be, by who sends it and where it comes in, before it reaches the log."""

from typing import Any

import pytest

from outcry.domain.commands import Command, Malformed
from outcry.domain.reject import RejectReason
from outcry.domain.types import Role
from outcry.gateway.senders import Sender
from outcry.gateway.sent import Door, read_sent
from outcry.wire.access import Key
from outcry.wire.admin_commands import ADMIN_OPS
from outcry.wire.commands import read_order_command
from outcry.wire.fields import Unreadable

KEY = "0123456789abcdef"
TRADER = Sender(Key(KEY, Role.TRADE, ("ann", "bob")))
READER = Sender(Key(KEY, Role.READ, ("ann",)))
ADMIN = Sender(Key(KEY, Role.ADMIN, ()))
BUY = {"symbol": "AAPL", "side": "buy", "quantity": "1", "price": "1"}
OPEN = {"op": "account.open", "account": "zed"}


def read(sender: Sender, fields: Any, door: Door = Door.SESSION) -> Command:
    return read_sent(sender, door, read_order_command, dict(fields), "")


def refusal(command: Command) -> tuple[str, str, str]:
    assert isinstance(command, Malformed)
    assert command.reject.reason is RejectReason.NOT_ALLOWED
    return command.reject.reason.word, command.reject.field, command.reject.text


@pytest.mark.parametrize(
    ("named", "account"), [({}, "ann"), ({"account": None}, "ann"), ({"account": "bob"}, "bob")]
)
def test_the_key_says_who_sends(named: Any, account: str) -> None:
    """The command carries its id, and the first of its accounts where it names none."""
    command = read(TRADER, BUY | named)
    assert (command.key, command.account) == (KEY, account)  # type: ignore[union-attr]


def test_an_administrator_acts_for_every_account_by_name() -> None:
    """One whose key is for no account has to say for which."""
    command = read(ADMIN, BUY | {"account": "zed"})
    assert command.account == "zed"  # type: ignore[union-attr]
    with pytest.raises(Unreadable) as missing:
        read(ADMIN, BUY)
    assert missing.value.field == "account"


@pytest.mark.parametrize("broken", [{}, {"symbol": 7}, {"quantity": "-1"}, {"nonsense": 1}])
def test_another_account_is_refused_whatever_else_is_wrong(broken: Any) -> None:
    """In the same words, so that nothing is learned by trying."""
    told = refusal(read(TRADER, BUY | {"account": "zed"} | broken))
    assert told == ("not_allowed", "account", "this key is not for account zed")


@pytest.mark.parametrize("account", ["", "?", 7, ["ann"], {}, "a" * 33, True])
def test_what_is_no_account_is_not_understood(account: Any) -> None:
    """It is no refusal, as it can be nobody's."""
    with pytest.raises(Unreadable) as wrong:
        read(TRADER, BUY | {"account": account})
    assert wrong.value.field == "account"


@pytest.mark.parametrize("fields", [BUY, {"op": "cancel_all"}, {"op": "nonsense"}, {}])
def test_a_key_to_read_sends_nothing(fields: Any) -> None:
    """Not even cancels."""
    assert refusal(read(READER, fields))[0] == "not_allowed"


@pytest.mark.parametrize("sender", [TRADER, READER, ADMIN])
@pytest.mark.parametrize("fields", [BUY, OPEN])
@pytest.mark.parametrize("key", [KEY, "", 7, False])
def test_no_command_says_whose_key_it_is(sender: Sender, fields: Any, key: Any) -> None:
    """Even if it is right."""
    with pytest.raises(Unreadable) as forged:
        read(sender, fields | {"key": key})
    assert forged.value.field == "key"


@pytest.mark.parametrize("op", ADMIN_OPS)
@pytest.mark.parametrize("door", Door)
@pytest.mark.parametrize("sender", [TRADER, READER])
def test_admin_commands_are_for_administrators(sender: Sender, door: Door, op: str) -> None:
    """Whatever they say, and wherever they come in."""
    assert refusal(read(sender, {"op": op}, door))[1] == "op"


def test_each_door_has_its_commands() -> None:
    """Orders at one address, administration at another; a session takes both."""
    assert read(ADMIN, OPEN, Door.ADMIN) == read(ADMIN, OPEN, Door.SESSION)
    for fields, door in ((OPEN, Door.ORDERS), (BUY, Door.ADMIN), ({"op": "x"}, Door.ADMIN)):
        with pytest.raises(Unreadable) as wrong:
            read(ADMIN, fields, door)
        assert wrong.value.field == "op"


@pytest.mark.parametrize("op", [[], {}, 7, True, ["account.open"]])
def test_an_op_may_be_anything(op: Any) -> None:
    """What is no word is no command."""
    with pytest.raises(Unreadable) as wrong:
        read(TRADER, BUY | {"op": op})
    assert wrong.value.field == "op"


@pytest.mark.parametrize("fields", [None, 7, "text", []])
def test_what_is_no_object_is_not_understood(fields: Any) -> None:
    """As for everybody else."""
    with pytest.raises(Unreadable):
        read_sent(TRADER, Door.ORDERS, read_order_command, fields, "")
