"""A command as somebody sends it: who may send what, and for which account, before the log.

Rule 1: the key says who sends. A command does not, and is refused where it tries to.
Rule 2: a command for an account that is not the sender's is refused in the same words whether
there is such an account or not, and whatever else is wrong with it.
"""

from enum import Enum
from typing import Any

from outcry.domain.commands import Command, Malformed
from outcry.domain.reject import Reject, RejectReason
from outcry.domain.types import Role
from outcry.gateway.advice import explained
from outcry.gateway.senders import Sender
from outcry.wire.admin_commands import is_admin, read_admin_command
from outcry.wire.entries import ReadCommand
from outcry.wire.fields import Unreadable, read_account


class Door(Enum):
    """Where commands come in, and so of which kind they have to be."""

    ORDERS = "POST /order"
    ADMIN = "POST /admin"
    SESSION = "a WebSocket"
    """Either kind: what one sends over it is done in order."""


def read_sent(
    sender: Sender, door: Door, read: ReadCommand, fields: object, suffix: str
) -> Command:
    """The command that `fields` hold, with key and account of its sender. `read` reads orders.

    A Malformed that says `not_allowed`: the sender may not send it. Raises Unreadable.
    """
    if type(fields) is not dict:
        return read(fields, suffix)
    try:
        if fields.get("key") is not None:
            raise Unreadable("key", "your key says who you are; a command does not, leave key out")
        fields["key"] = sender.key_id
        op = fields.get("op")
        if op is not None and is_admin(op):
            return _refuse_admin(sender, door, fields) or read_admin_command(fields, op)
        if door is Door.ADMIN:
            is_not = "missing; it names the" if op is None else "not the name of an"
            raise Unreadable("op", f"op is {is_not} admin command, such as account.open")
        return _refuse_order(sender, fields) or read(fields, suffix)
    except Unreadable as refusal:
        raise explained(refusal, fields) from refusal


def _refuse_admin(sender: Sender, door: Door, fields: dict[str, Any]) -> Malformed | None:
    op: str = fields["op"]
    if not sender.is_admin:
        return _not_allowed(f"{op} needs a key with role admin", "op")
    if door is Door.ORDERS:
        raise Unreadable("op", f"{op} is an admin command; it goes to {Door.ADMIN.value}")
    return None


def _refuse_order(sender: Sender, fields: dict[str, Any]) -> Malformed | None:
    """Fill in the account where none is named, or say why its sender may not send it."""
    if sender.role is Role.READ:
        return _not_allowed("this key is for reading; orders need one with role trade", "")
    account = fields.get("account")
    if account is None:
        if not sender.accounts:
            raise Unreadable("account", "account is missing; your key is for none in particular")
        fields["account"] = sender.accounts[0]
    elif not sender.is_admin and account not in sender.accounts and type(account) is str:
        read_account(fields)
        return _not_allowed(f"this key is not for account {account}", "account")
    return None


def _not_allowed(text: str, field: str) -> Malformed:
    return Malformed(Reject(RejectReason.NOT_ALLOWED, text, field))
