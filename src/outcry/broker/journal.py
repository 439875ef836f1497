"""One log line for each execution that was booked.

structlog takes ten times as long for a line as is good for every execution. Where it is set up to
write JSON, the same lines are therefore made here, and those of a batch are written at once.
"""

import logging
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeAlias

import msgspec
import structlog

from outcry.wire.messages import ExecutionMessage

Journal: TypeAlias = Callable[[list[ExecutionMessage]], None]
"""Tells of executions, after they were booked."""

EVENT = "execution"
LEVEL = "info"


class Line(msgspec.Struct, omit_defaults=True, gc=False):
    """What is told of an execution. What is empty is left out."""

    seq: int
    op: str
    result: str
    reason: str = ""
    account: str = ""
    order_id: str = ""
    client_order_id: str = ""
    status: str = ""
    filled: str = ""
    trades: int = 0
    changed: int = 0
    """Orders that a command changed which was about none of them."""
    event: str = ""
    level: str = ""
    timestamp: str = ""
    service: str = ""


def open_journal() -> Journal:
    """The journal that goes with how structlog is configured now."""
    logger = structlog.get_logger()
    if not logger.is_enabled_for(logging.INFO):
        return lambda _: None
    context = structlog.contextvars.get_contextvars()
    if isinstance(structlog.get_config()["processors"][-1], structlog.processors.JSONRenderer):
        return _json_journal(context.get("service", ""))
    logger = logger.bind(**context)  # the journal is written in a thread, where it is not known

    def write(executions: list[ExecutionMessage]) -> None:
        for execution in executions:
            logger.info(EVENT, **msgspec.to_builtins(_line(execution)))

    return write


def _json_journal(service: str) -> Journal:
    encode_lines = msgspec.json.Encoder().encode_lines

    def write(executions: list[ExecutionMessage]) -> None:
        timestamp = datetime.now(UTC).isoformat().replace("+00:00", "Z")
        marks = (EVENT, LEVEL, timestamp, service)
        lines = [_line(execution, *marks) for execution in executions]
        sys.stderr.write(encode_lines(lines).decode())
        sys.stderr.flush()

    return write


def _line(
    execution: ExecutionMessage,
    event: str = "",
    level: str = "",
    timestamp: str = "",
    service: str = "",
) -> Line:
    order = execution.order
    if order is not None:
        return Line(
            execution.seq,
            execution.op,
            execution.result,
            execution.reason or order.reason,
            order.account,
            order.order_id,
            order.client_order_id,
            order.status,
            order.filled_quantity,
            len(execution.trades),
            0,
            event,
            level,
            timestamp,
            service,
        )
    about = execution.command or execution
    return Line(
        execution.seq,
        execution.op,
        execution.result,
        execution.reason,
        getattr(about, "account", ""),
        getattr(about, "order_id", ""),
        getattr(about, "client_order_id", ""),
        changed=len(execution.changed),
        event=event,
        level=level,
        timestamp=timestamp,
        service=service,
    )
