"""Entries of ORDERS: bytes to commands, and commands to bytes.

Rule 1: `read_entry` is total. Whatever the bytes, there is at least one command, and what could
not be understood is a `Malformed` whose text is ours and the same under every Python and library.
"""

import json
import re
from collections.abc import Callable, Sequence
from math import isinf

import msgspec

from outcry.domain.commands import (
    AdminCommand,
    CancelAll,
    CancelOrder,
    Command,
    Malformed,
    NewOrder,
    OrderCommand,
    ReplaceOrder,
)
from outcry.domain.limits import COMMANDS_MAX
from outcry.domain.reject import Reject, RejectReason
from outcry.wire.admin_messages import admin_message
from outcry.wire.command_messages import (
    CancelAllAfterMessage,
    CancelAllMessage,
    CancelMessage,
    NewOrderMessage,
    ReplaceMessage,
)
from outcry.wire.commands import read_command, read_guest_command, read_sender
from outcry.wire.decimals import format_decimal
from outcry.wire.fields import Unreadable
from outcry.wire.instructions import instruction_texts, replaced_texts
from outcry.wire.operator_commands import read_operator_command
from outcry.wire.order_id import format_order_id
from outcry.wire.subjects import ORDER_CREATED, ORDER_GUEST

DEPTH_MAX = 8
"""Brackets that may stand in each other before an entry is refused whole.

A command needs one and an array of them two. The bound keeps the depth at which a JSON reader
gives up, which differs between versions, out of the answers.
"""

FEW = 4
ELEMENT_BYTES_MIN = 12
"""Bytes that the elements of an array take on average, with their commas, where there are more
than a few; else it is refused whole. The shortest command takes 19, but the refusal of a mere `0`
takes 235: a few megabytes of these could fill the room for answers (`log.streams.ANSWER_RATIO`).
"""

_STRING = re.compile(rb'"(?:[^"\\]|\\.)*+(?:"|\\?\Z)', re.DOTALL)
_SQUARE = bytes.maketrans(b"{}", b"[]")
_NO_BRACKETS = bytes(set(range(256)).difference(b"[]{}"))
_UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError, ValueError)

ReadCommand = Callable[[object, str], Command]
"""Reads the command of decoded JSON, the second argument being the suffix or the subject."""


def _float(text: str) -> float:
    """Read here, as msgspec's own way takes up to 19 µs for as little as 1e308, or 5e-324: three
    seconds for an entry that is full of them."""
    value = float(text)
    if isinf(value):
        raise ValueError(text)
    return value


_decode = msgspec.json.Decoder(float_hook=_float).decode


def read_entry(subject: str, body: bytes, suffix: str) -> list[Command]:
    """The commands of an entry; `suffix` is that of the ids of its log."""
    if subject == ORDER_CREATED:
        return read_commands(body, suffix)
    if subject == ORDER_GUEST:
        return read_commands(body, suffix, read_guest_command)
    if _too_deep(body):
        return [_deep()]
    return [_read_raw(body, read_operator_command, subject)]


def read_commands(body: bytes, suffix: str, read: ReadCommand = read_command) -> list[Command]:
    """The commands of a body: a JSON object, or an array of them, never empty.

    `read` takes the fields of one, and the suffix.
    """
    try:
        decoded = _decode(body)
    except _UNREADABLE:
        return [_deep()] if _too_deep(body) else _read_apart(body, suffix, read)
    elements = decoded if type(decoded) is list else [decoded]
    objects = set(map(type, elements)) == {dict} and body.count(b"{") == len(elements)
    flat = objects and body.rfind(b"[") <= 0  # no bracket in any of them, not even in a string
    if not flat and _too_deep(body):
        return [_deep()]
    return _wrong_count(len(elements), len(body)) or [
        _read_fields(fields, read, suffix) for fields in elements
    ]


def _read_apart(body: bytes, suffix: str, read: ReadCommand) -> list[Command]:
    """Read the elements one by one, so that a bad one does not take the others with it."""
    try:
        elements = msgspec.json.decode(body, type=list[msgspec.Raw])
    except _UNREADABLE:
        return [_explain(body, read, suffix)]
    return _wrong_count(len(elements), len(body)) or [
        _read_raw(bytes(raw), read, suffix) for raw in elements
    ]


def _read_raw(raw: bytes, read: ReadCommand, of: str) -> Command:
    try:
        fields = _decode(raw)
    except _UNREADABLE:
        return _explain(raw, read, of)
    return _read_fields(fields, read, of)


def _read_fields(fields: object, read: ReadCommand, of: str) -> Command:
    try:
        return read(fields, of)
    except Unreadable as error:
        return _malformed(error.text, error.field, fields)


def _explain(raw: bytes, read: ReadCommand, of: str) -> Malformed:
    """Say what is wrong with a command that is not JSON; name the field if it is a number."""
    try:
        fields = json.loads(raw.decode(), parse_float=str, parse_int=str, parse_constant=str)
    except (ValueError, RecursionError):
        fields = None
    if type(fields) is dict:
        command = _read_fields(fields, read, of)
        if type(command) is Malformed:
            return command
    return _malformed("not JSON; send one command as an object, or an array of them", "", fields)


def _malformed(text: str, field: str = "", fields: object = None) -> Malformed:
    """A refusal, with as much of the sender as can be read."""
    return Malformed(Reject(RejectReason.MALFORMED, text, field), *read_sender(fields))


def _deep() -> Malformed:
    return _malformed(f"more than {DEPTH_MAX} brackets in each other; a command is a flat object")


def _wrong_count(count: int, size: int) -> list[Command]:
    if count == 0:
        return [_malformed("the array holds no command")]
    if count > COMMANDS_MAX:
        text = f"the array holds {count} commands; {COMMANDS_MAX} is the most"
        return [Malformed(Reject(RejectReason.TOO_MANY_COMMANDS, text))]
    if count > FEW and size < count * ELEMENT_BYTES_MIN:
        return [_malformed(f"{count} elements in {size} bytes are too short to be commands")]
    return []


def _too_deep(body: bytes) -> bool:
    """Whether brackets stand too deep in each other, outside of strings.

    Each round takes the innermost pairs away. What opens and is never closed is no JSON, and
    counts as it stands.
    """
    nest = _STRING.sub(b"", body).translate(_SQUARE, _NO_BRACKETS)
    for _ in range(DEPTH_MAX):
        nest = nest.replace(b"[]", b"")
    return b"[]" in nest or nest.count(b"[") > DEPTH_MAX


def write_command(command: OrderCommand | AdminCommand, suffix: str) -> bytes:
    """The one form in which a command is written: defaults left out, decimals as strings."""
    if isinstance(command, OrderCommand):
        return msgspec.json.encode(order_message(command, suffix, command.key))
    return msgspec.json.encode(admin_message(command, command.key))


def join_commands(commands: Sequence[bytes]) -> bytes:
    """An entry of commands that were written already."""
    return commands[0] if len(commands) == 1 else b"[" + b",".join(commands) + b"]"


OrderCommandMessage = (
    NewOrderMessage | ReplaceMessage | CancelMessage | CancelAllMessage | CancelAllAfterMessage
)


def order_message(command: OrderCommand, suffix: str, key: str) -> OrderCommandMessage:
    """A command with the key of its sender, or, where it is only repeated, with an empty one."""
    expire_at = str(command.expire_ns) if command.expire_ns else ""
    if isinstance(command, CancelOrder):
        order_id = _written_id(command, suffix)
        return CancelMessage(command.account, order_id, command.client_order_id, expire_at, key)
    if isinstance(command, NewOrder):
        return NewOrderMessage(
            command.symbol,
            command.side,
            format_decimal(command.quantity) if command.quantity else "",
            format_decimal(command.price) if command.price else "",
            command.type,
            command.time_in_force,
            command.account,
            command.client_order_id,
            expire_at,
            key,
            *(instruction_texts(command.type, said) if (said := command.instructions) else ()),
        )
    if isinstance(command, ReplaceOrder):
        return ReplaceMessage(
            command.account,
            _written_id(command, suffix),
            command.client_order_id,
            "" if command.quantity is None else format_decimal(command.quantity),
            "" if command.price is None else format_decimal(command.price),
            command.new_client_order_id,
            expire_at,
            key,
            *replaced_texts(command),
        )
    if isinstance(command, CancelAll):
        side = command.side or ""
        return CancelAllMessage(command.account, command.symbol, side, expire_at, key)
    return CancelAllAfterMessage(command.account, command.timeout_ms, expire_at, key)


def _written_id(command: CancelOrder | ReplaceOrder, suffix: str) -> str:
    return "" if command.order_id is None else format_order_id(command.order_id, suffix)
