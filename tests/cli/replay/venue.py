"""A venue in memory for a replay: the whole order service as a function."""

import asyncio
from typing import Any

import msgspec

from outcry.cli.replay.account import account_entries
from outcry.cli.replay.check import Check
from outcry.cli.replay.drive import Executions, drive
from outcry.cli.replay.flow import Command, Flow
from outcry.cli.replay.market_file import TICK, Line, Step
from outcry.domain.limits import VERSION
from outcry.log.log import Entry
from outcry.orders.answer import Desk
from outcry.wire.executions import read_answer
from outcry.wire.messages import ExecutionMessage

SYMBOL = "ACME.1"
MARGIN = {"type": "margin", "shorting": True}


class Venue:
    """Lists ACME.1 and takes the commands of a replay."""

    def __init__(self) -> None:
        self._desk = Desk()
        self.arrays = 0
        self.enter("venue.open", {"log": "0" * 13, "engine": VERSION, "schema": 1})
        for subject, fields in account_entries():
            self.enter(subject, fields | {"access": "open"} if "type" in fields else fields)
        for name in ("demo", "maker"):
            self.enter("account.open", {"account": name, "access": "open", **MARGIN})
            self.enter("account.deposit", {"account": name, "amount": "1000000"})
        self.enter("instrument.list", {"symbol": SYMBOL, "tick": TICK})

    def enter(self, subject: str, body: Any) -> list[ExecutionMessage]:
        seq = self._desk.position + 1
        answer = self._desk.answer(Entry(seq, seq, subject, msgspec.json.encode(body)))
        return list(read_answer(answer))

    async def send(self, commands: list[Command]) -> Executions:
        self.arrays += 1
        done: Executions = asyncio.get_running_loop().create_future()
        done.set_result(self.enter("order.created", commands) if commands else [])
        return done


def steps_of(*lines: Line) -> list[Step]:
    return [Step(number, line) for number, line in enumerate(lines, 1)]


async def replayed(*lines: Line, depth: int = 1) -> Check:
    """The check after these lines went through a venue of their own."""
    flow = Flow(SYMBOL)
    check = Check(flow, depth)
    await drive(steps_of(*lines), flow, check, Venue().send, 0, lambda _: None)
    return check
