"""Requests to JetStream's own interface, raw: nats-py's wrappers lose digits and hide errors."""

from datetime import datetime
from typing import Any

import msgspec
from nats.errors import Error as NatsError
from nats.errors import NoRespondersError

from outcry.log.connection import Connection
from outcry.log.log import LogError, Unanswered

TIMEOUT_S = 2.0
STREAM_NOT_FOUND = 10059
MESSAGE_NOT_FOUND = 10037
UNAVAILABLE = 503
"""The server is there, what it was asked for is not yet: a stream that recovers, no leader."""


class ApiError(msgspec.Struct):
    """An error as JetStream words it; `err_code` names it for ever, `description` may change."""

    code: int
    err_code: int = 0
    description: str = ""


class ApiRefused(LogError):
    """JetStream refused a request; `err_code` says why."""

    def __init__(self, what: str, error: ApiError) -> None:
        super().__init__(f"NATS refused {what}: {error.description} ({error.err_code})")
        self.err_code = error.err_code


class _Answer(msgspec.Struct):
    error: ApiError | None = None


async def ask(nc: Connection, what: str, request: dict[str, Any] | None = None) -> bytes:
    """The body of the answer to the request `what`, such as "STREAM.INFO.ORDERS".

    Raises Unanswered when nobody answers in time, ApiRefused when the answer is an error.
    """
    body = msgspec.json.encode(request) if request is not None else b""
    try:
        answer = (await nc.request(f"$JS.API.{what}", body, timeout=TIMEOUT_S)).data
    except NoRespondersError as error:
        raise Unanswered(f"no JetStream answers {what}") from error
    except NatsError as error:
        raise Unanswered(f"no answer to {what}: {error!r}") from error
    refusal = msgspec.json.decode(answer, type=_Answer).error
    if refusal is None:
        return answer
    if refusal.code == UNAVAILABLE:
        raise Unanswered(f"NATS cannot answer {what} now: {refusal.description}")
    raise ApiRefused(what, refusal)


def parse_time(text: str) -> int:
    """Nanoseconds since 1970 of an RFC 3339 time in UTC, exact to the last digit."""
    whole, _, fraction = text.removesuffix("Z").partition(".")
    seconds = int(datetime.fromisoformat(f"{whole}+00:00").timestamp())
    return seconds * 1_000_000_000 + int(fraction.ljust(9, "0"))
