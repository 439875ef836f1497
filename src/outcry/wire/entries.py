"""Entries of ORDERS: bytes to commands, and commands to bytes.

Rule 1: `read_entry` is total. Whatever the bytes, there is at least one command, and what could
not be understood is a `Malformed` whose text is ours and the same under every Python and library.
"""

import json
import re
from collections.abc import Sequence

import msgspec

from outcry.domain.commands import Command, Malformed, NewOrder, OrderCommand, ReplaceOrder
from outcry.domain.limits import COMMANDS_MAX
from outcry.domain.reject import Reject, RejectReason
from outcry.wire.commands import Unreadable, read_admin_command, read_order_command, read_sender
from outcry.wire.decimals import format_decimal
from outcry.wire.messages import CancelMessage, NewOrderMessage, ReplaceMessage
from outcry.wire.order_id import format_order_id
from outcry.wire.subjects import ORDER_CREATED

DEPTH_MAX = 8
"""Brackets that may stand in each other before an entry is refused whole.

A command needs one and an array of them two. The bound keeps the depth at which a JSON reader
gives up, which differs between versions, out of the answers.
"""

_STRING = re.compile(rb'"(?:[^"\\]|\\.)*+(?:"|\\?\Z)', re.DOTALL)
_BRACKET = re.compile(rb"[\[\]{}]")
_UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError, ValueError)


def read_entry(subject: str, body: bytes, suffix: str) -> list[Command]:
    """The commands of an entry; `suffix` is that of the ids of its log."""
    if subject == ORDER_CREATED:
        return read_commands(body, suffix)
    if _depth(body) > DEPTH_MAX:
        return [_deep()]
    try:
        return [read_admin_command(subject, msgspec.json.decode(body))]
    except Unreadable as error:
        return [_malformed(error.text, error.field)]
    except _UNREADABLE:
        return [_malformed("the entry is not JSON")]


def read_commands(body: bytes, suffix: str) -> list[Command]:
    """The order commands of a body: a JSON object, or an array of them, never empty."""
    try:
        decoded = msgspec.json.decode(body)
    except _UNREADABLE:
        return [_deep()] if _depth(body) > DEPTH_MAX else _read_apart(body, suffix)
    elements = decoded if type(decoded) is list else [decoded]
    brackets = body.count(b"{") + body.count(b"[")
    if brackets > len(elements) + 1 and _depth(body) > DEPTH_MAX:
        return [_deep()]
    return _wrong_count(len(elements)) or [_read_command(fields, suffix) for fields in elements]


def _read_apart(body: bytes, suffix: str) -> list[Command]:
    """Read the elements one by one, so that a bad one does not take the others with it."""
    try:
        elements = msgspec.json.decode(body, type=list[msgspec.Raw])
    except _UNREADABLE:
        return [_explain(body, suffix)]
    return _wrong_count(len(elements)) or [_read_raw(bytes(raw), suffix) for raw in elements]


def _read_raw(raw: bytes, suffix: str) -> Command:
    try:
        return _read_command(msgspec.json.decode(raw), suffix)
    except _UNREADABLE:
        return _explain(raw, suffix)


def _explain(raw: bytes, suffix: str) -> Malformed:
    """Say what is wrong with a command that is not JSON; name the field if it is a number."""
    try:
        fields = json.loads(raw, parse_float=str, parse_int=str, parse_constant=str)
    except (ValueError, RecursionError):
        return _malformed("the body is not JSON; send one command as an object, or an array")
    command = _read_command(fields, suffix)
    return command if type(command) is Malformed else _malformed("the command is not JSON")


def _read_command(fields: object, suffix: str) -> Command:
    try:
        return read_order_command(fields, suffix)
    except Unreadable as error:
        return _malformed(error.text, error.field, fields)


def _malformed(text: str, field: str = "", fields: object = None) -> Malformed:
    """A refusal, with as much of the sender as can be read."""
    reject = Reject(RejectReason.MALFORMED, text, field)
    return Malformed(reject, *read_sender(fields))


def _deep() -> Malformed:
    return _malformed(f"more than {DEPTH_MAX} brackets in each other; a command is a flat object")


def _wrong_count(count: int) -> list[Command]:
    if count == 0:
        return [_malformed("the array holds no command")]
    if count > COMMANDS_MAX:
        text = f"the array holds {count} commands; {COMMANDS_MAX} is the most"
        return [Malformed(Reject(RejectReason.TOO_MANY_COMMANDS, text))]
    return []


def _depth(body: bytes) -> int:
    """How deep brackets stand in each other outside of strings."""
    depth = deepest = 0
    for bracket in _BRACKET.findall(_STRING.sub(b"", body)):
        depth += 1 if bracket in b"[{" else -1
        deepest = max(deepest, depth)
    return deepest


def write_command(command: OrderCommand, suffix: str) -> bytes:
    """The one form in which a command is written: defaults left out, decimals as strings."""
    return msgspec.json.encode(order_message(command, suffix))


def join_commands(commands: Sequence[bytes]) -> bytes:
    """An entry of commands that were written already."""
    return commands[0] if len(commands) == 1 else b"[" + b",".join(commands) + b"]"


def order_message(
    command: OrderCommand, suffix: str
) -> NewOrderMessage | ReplaceMessage | CancelMessage:
    if isinstance(command, NewOrder):
        return NewOrderMessage(
            command.symbol,
            command.side.value,
            format_decimal(command.quantity),
            format_decimal(command.price) if command.price else "",
            command.type.value,
            command.time_in_force.value,
            command.account,
            command.client_order_id,
        )
    order_id = "" if command.order_id is None else format_order_id(command.order_id, suffix)
    if isinstance(command, ReplaceOrder):
        return ReplaceMessage(
            command.account,
            order_id,
            command.client_order_id,
            "" if command.quantity is None else format_decimal(command.quantity),
            "" if command.price is None else format_decimal(command.price),
            command.new_client_order_id,
        )
    return CancelMessage(command.account, order_id, command.client_order_id)
