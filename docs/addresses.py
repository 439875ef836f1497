"""The sections of protocol.md about HTTP, from the operations of the gateway."""

from docs.tables import code, table
from outcry.gateway.operation import Operation, Reply
from outcry.gateway.operations import OPERATIONS

ENTRY = ("post", "/order")
"""Where every kind of command comes in."""


def addresses() -> str:
    """Every address of the gateway, and the statuses it answers with."""
    rows = [
        (code(_request(one)), one.summary, ", ".join(map(str, sorted(one.replies))))
        for one in OPERATIONS
    ]
    return table(("request", "does", "answers"), rows)


def _request(operation: Operation) -> str:
    """GET /order?client_order_id=…"""
    named = [field.name for field in operation.fields if field.required and field.where == "query"]
    query = f"?{'&'.join(f'{name}=…' for name in named)}" if named else ""
    return f"{operation.method.upper()} {operation.path}{query}"


def answers_to_commands() -> str:
    """What each status means where commands come in."""
    entry = next(one for one in OPERATIONS if (one.method, one.path) == ENTRY)
    rows = [(status, _meaning(reply)) for status, reply in sorted(entry.replies.items())]
    return table(("status", "means"), rows)


def _meaning(reply: Reply) -> str:
    return f"{reply.text} `Retry-After` says when." if reply.retry else reply.text
