"""What a client is told: one table from the fate of a command to HTTP status and JSON."""

from typing import NamedTuple

import msgspec

from outcry.domain.commands import NewOrder, OrderCommand, ReplaceOrder
from outcry.wire.books import ErrorAnswer, ErrorMessage
from outcry.wire.messages import UnknownAnswer

OK = 200
ACCEPTED = 201
DUPLICATE = 200
UNKNOWN = 202
MALFORMED = 400
REJECTED = 422
TOO_MANY = 429
REFUSED = 503
RETRY_S = 1

STATUSES = {"accepted": ACCEPTED, "duplicate": DUPLICATE, "rejected": REJECTED}
"""HTTP status by the `result` of an execution. A malformed command is MALFORMED instead."""


_ERROR = b'{"error"'


class Answer(NamedTuple):
    """The answer to one command: HTTP status and a JSON body.

    `retry_after_s` is set where the same request may succeed later.
    """

    status: int
    body: bytes
    retry_after_s: int = 0

    @property
    def is_error(self) -> bool:
        """Nothing was done, and the body is {"error": …}."""
        return self.body.startswith(_ERROR)


class _Head(msgspec.Struct):
    """As much of an execution as its status needs."""

    result: str
    reason: str = ""


_head = msgspec.json.Decoder(_Head).decode
_encode = msgspec.json.Encoder().encode


def executed(execution: bytes) -> Answer:
    head = _head(execution)
    status = MALFORMED if head.reason == "malformed" else STATUSES[head.result]
    return Answer(status, bytes(execution))  # it comes as a piece of a larger buffer


def failed(status: int, code: str, message: str, field: str = "", retry_after_s: int = 0) -> Answer:
    error = ErrorAnswer(ErrorMessage(code, message, field))
    return Answer(status, _encode(error), retry_after_s)


def unknown(command: OrderCommand) -> Answer:
    """The answer to a command without one, which says how to find out."""
    name: str = getattr(command, "client_order_id", "")
    if type(command) is NewOrder and name:
        advice = (
            f"ask GET /order?client_order_id=…&account={command.account}, or send the same order "
            "again under this client_order_id: nothing is done twice"
        )
    elif isinstance(command, NewOrder | ReplaceOrder):
        advice = "look at the order (GET /order) before you send it again"
    else:
        advice = "send it again, as it only cancels"
    text = f"no answer in time; it may be done, or may be yet: {advice}"
    expire_at = str(command.expire_ns) if command.expire_ns else ""
    if expire_at:
        text += f". After log time {expire_at} it cannot be done any more"
    return Answer(UNKNOWN, _encode(UnknownAnswer("unknown", text, name, expire_at)))


def too_many() -> Answer:
    text = "not sent: too many commands wait already; slow down and send it again"
    return failed(TOO_MANY, "too_many_commands", text, retry_after_s=RETRY_S)


def refused(why: str) -> Answer:
    """The command never enters the log."""
    return failed(REFUSED, "not_accepting", f"not sent: {why}", retry_after_s=RETRY_S)
