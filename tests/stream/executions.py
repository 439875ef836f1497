"""Executions as the log holds them, as short as they can be."""

from typing import Any

import msgspec

from outcry.stream.view import Shown, show
from outcry.wire.messages import ChangeMessage, ExecutionMessage, OrderMessage

LOG = "0123456789abc"
_TERMS = "AAPL", "buy", "limit", "gtc", "1", "new", "0", "1"


def message(*seqs: int, size: int = 0, log: str = LOG) -> bytes:
    """A message of EXECUTIONS with the given sequence numbers, each of at least `size` bytes."""
    return answer(*[execution(seq, id="x" * size, log=log) for seq in seqs])


def shown(*seqs: int, size: int = 0, log: str = LOG) -> list[Shown]:
    """The same as the hub takes it."""
    return show(message(*seqs, size=size, log=log))


def answer(*executions: ExecutionMessage) -> bytes:
    return msgspec.json.encode(executions)


def execution(seq: int, account: str = "", *makers: str, **told: Any) -> ExecutionMessage:
    """Of an order of an account that has changed orders of others; told: what differs from that."""
    order = OrderMessage(f"order-{seq}", account, *_TERMS) if account else None
    changed = tuple(ChangeMessage(f"of-{name}", name, "filled", "1", "0") for name in makers)
    head: dict[str, Any] = {
        "seq": seq,
        "ts": "1",
        "entry": seq,
        "id": "",
        "log": LOG,
        "result": "accepted",
    }
    return ExecutionMessage(**(head | {"op": "new", "order": order, "changed": changed} | told))
