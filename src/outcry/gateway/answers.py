"""What a client is told: one table from the fate of a command to HTTP status and JSON."""

from typing import NamedTuple

import msgspec

from outcry.domain.commands import NewOrder, OrderCommand
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
    if type(command) is NewOrder and command.client_order_id:
        text = (
            "no answer in time; send the same order with this client_order_id again to learn what "
            "became of it: nothing is done twice"
        )
    else:
        text = "no answer in time; it may be done yet: look at the order before you send it again"
    return Answer(UNKNOWN, _encode(UnknownAnswer("unknown", text, command.client_order_id)))


def too_many() -> Answer:
    text = "not sent: too many commands wait already; slow down and send it again"
    return failed(TOO_MANY, "too_many_commands", text, retry_after_s=RETRY_S)


def refused(why: str) -> Answer:
    """The command never enters the log."""
    return failed(REFUSED, "not_accepting", f"not sent: {why}", retry_after_s=RETRY_S)
