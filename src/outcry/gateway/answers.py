"""What a client is told: one table from the fate of a command to HTTP status and JSON."""

from typing import NamedTuple

import msgspec

from outcry.domain.commands import AdminCommand, NewOrder, OrderCommand, ReplaceOrder
from outcry.wire.books import ErrorAnswer, ErrorMessage
from outcry.wire.messages import UnknownAnswer

OK = 200
ACCEPTED = 201
DUPLICATE = 200
UNKNOWN = 202
MALFORMED = 400
UNAUTHORIZED = 401
FORBIDDEN = 403
REJECTED = 422
TOO_MANY = 429
REFUSED = 503
RETRY_S = 1

STATUSES = {"accepted": ACCEPTED, "duplicate": DUPLICATE, "rejected": REJECTED}
"""HTTP status by the `result` of an execution. A malformed command is MALFORMED instead, one that
its sender may not send FORBIDDEN."""
_ABOUT_SENDER = {"not_allowed", "unknown_key", "key_revoked"}
_OF_SENDER = {"", "key", "account"}
"""Reasons, and fields at fault, of what is wrong with the sender and not with the command."""


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
    field: str = ""


_head = msgspec.json.Decoder(_Head).decode
_encode = msgspec.json.Encoder().encode


def executed(execution: bytes) -> Answer:
    """The answer with an execution in the form in which its sender may see it."""
    head = _head(execution)
    if head.reason == "malformed":
        return Answer(MALFORMED, execution)
    if head.reason in _ABOUT_SENDER and head.field in _OF_SENDER:
        return Answer(FORBIDDEN, execution)
    return Answer(STATUSES[head.result], execution)


def failed(status: int, code: str, message: str, field: str = "", retry_after_s: int = 0) -> Answer:
    error = ErrorAnswer(ErrorMessage(code, message, field))
    return Answer(status, _encode(error), retry_after_s)


def unknown(command: OrderCommand | AdminCommand) -> Answer:
    """The answer to a command without one, which says how to find out."""
    name: str = getattr(command, "client_order_id", "")
    if type(command) is NewOrder and name:
        advice = (
            f"ask GET /order?client_order_id=…&account={command.account}, or send the same order "
            "again under this client_order_id: nothing is done twice"
        )
    elif isinstance(command, NewOrder | ReplaceOrder):
        advice = "look at the order (GET /order) before you send it again"
    elif isinstance(command, AdminCommand):
        advice = "look at GET /audit before you send it again"
    else:
        advice = "send it again, as it only cancels"
    text = f"no answer in time; it may be done, or may be yet: {advice}"
    expire_ns: int = getattr(command, "expire_ns", 0)
    expire_at = str(expire_ns) if expire_ns else ""
    if expire_at:
        text += f". After log time {expire_at} it cannot be done any more"
    return Answer(UNKNOWN, _encode(UnknownAnswer("unknown", text, name, expire_at)))


def too_many() -> Answer:
    text = "not sent: too many commands wait already; slow down and send it again"
    return failed(TOO_MANY, "too_many_commands", text, retry_after_s=RETRY_S)


_THROTTLED = {
    "order_rate": "not sent: account {} has sent as many orders in this second as it may",
    "too_many_rejects": "not sent: too many of your commands were rejected in this second",
}


def throttled(code: str, account: str) -> Answer:
    """The command never enters the log; `code` is one of `throttle`'s."""
    return failed(TOO_MANY, code, _THROTTLED[code].format(account), retry_after_s=RETRY_S)


def not_allowed(message: str, field: str = "") -> Answer:
    return failed(FORBIDDEN, "not_allowed", message, field)


def headers_of(answer: Answer) -> dict[str, str]:
    """What a response has to say besides status and body."""
    if answer.status == UNAUTHORIZED:
        return {"www-authenticate": "Bearer"}
    return {"retry-after": str(answer.retry_after_s)} if answer.retry_after_s else {}


def refused(why: str) -> Answer:
    """The command never enters the log."""
    return failed(REFUSED, "not_accepting", f"not sent: {why}", retry_after_s=RETRY_S)
