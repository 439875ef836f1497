"""ORDERS and EXECUTIONS of one venue, as an operator's command reads them."""

from typing import NamedTuple

from outcry.cli.difference import Difference
from outcry.log.connection import Connection
from outcry.log.jetstream import JetStreamLog
from outcry.log.log import Log
from outcry.wire.subjects import EXECUTIONS, ORDERS


class Logs(NamedTuple):
    """Both, with the last entry that is answered, and how many are not answered yet."""

    orders: Log
    answers: Log
    end: int
    unanswered: int


async def open_logs(nc: Connection) -> Logs:
    """The logs behind `nc`. Raises Difference: more is answered than was asked."""
    orders, answers = JetStreamLog(nc, ORDERS), JetStreamLog(nc, EXECUTIONS)
    end = await answers.last_seq()
    asked = await orders.last_seq()
    if end > asked:
        raise Difference(
            "the ends of the logs",
            f"at most {asked} answers, as ORDERS holds {asked} entries",
            f"{end} answers in EXECUTIONS",
            "ORDERS lost its tail, or one of the two is of another venue",
        )
    return Logs(orders, answers, end, asked - end)
