"""From the body of a request to the answers of its commands, in order.

HTTP and WebSocket both come through here: commands are read, given a client order id where they
have none, admitted or refused one by one, and written in their one form to the order entry.
"""

from collections.abc import Callable, Sequence
from functools import partial

import msgspec

from outcry.domain.commands import Command, Malformed, NewOrder, OrderCommand, ReplaceOrder
from outcry.gateway.admission import Admission
from outcry.gateway.answers import (
    MALFORMED,
    Answer,
    executed,
    failed,
    refused,
    too_many,
    unknown,
)
from outcry.gateway.expiry import LogClock
from outcry.gateway.order_entry import OrderEntry
from outcry.gateway.ticket import Fate
from outcry.wire.commands import read_order_command
from outcry.wire.entries import read_commands, write_command

Answered = Callable[[list[Answer]], None]
"""Takes one answer for each command, in their order; called once."""

_DURATION = b"expires_in"
"""Commands that hold this word anywhere are looked at for it."""


class Gate:
    """`suffix` ends the ids of the log and is empty until the log is known; `run` begins the
    client order ids that are given to orders without one, and no other run has the same."""

    def __init__(self, entry: OrderEntry, admission: Admission, run: str, *, singly: bool) -> None:
        self.suffix = ""
        self._entry = entry
        self._admission = admission
        self._run = run
        self.clock = LogClock(by_entries=singly)
        self._singly = singly
        """Every command an entry of its own (lockstep)."""
        self._named = 0

    def take(self, body: bytes, answered: Answered) -> None:
        """Read, admit and send the commands of `body`."""
        read = self.clock.read if _DURATION in body else read_order_command
        self.send(read_commands(body, self.suffix, read), answered)

    def send(self, commands: Sequence[Command], answered: Answered) -> None:
        round_ = Round(len(commands), answered)
        sent: list[OrderCommand] = []
        places: list[int] = []
        for place, command in enumerate(commands):
            refusal = self._refuse(command)
            if refusal is not None:
                round_.tell(place, refusal)
            else:
                sent.append(self._name(command))  # type: ignore[arg-type]
                places.append(place)
        if self._singly:
            for place, command in zip(places, sent, strict=True):
                self._submit([command], [place], round_)
        elif sent:
            self._submit(sent, places, round_)

    def _refuse(self, command: Command) -> Answer | None:
        if isinstance(command, Malformed):
            reject = command.reject
            return failed(MALFORMED, reject.reason.word, reject.text, reject.field)
        if not self.suffix:
            return refused("the venue is not open yet")
        return self._admission.refuse(command)  # type: ignore[arg-type]

    def _name(self, command: OrderCommand) -> OrderCommand:
        """Give a new order a client order id where it has none, so that it can be asked for.

        Not under lockstep, where no name may come of chance or of a count that a restart loses.
        """
        if type(command) is not NewOrder or command.client_order_id or self._singly:
            return command
        self._named += 1
        return msgspec.structs.replace(command, client_order_id=f"{self._run}-{self._named}")

    def _submit(self, commands: list[OrderCommand], places: list[int], round_: "Round") -> None:
        written = [write_command(command, self.suffix) for command in commands]
        names = [in_flight_name(c.account, name) for c in commands if (name := _new_name(c))]
        deliver = partial(_deliver, round_, commands, places)
        if not self._entry.submit(written, names, deliver):
            for place in places:
                round_.tell(place, too_many())


class Round:
    """The answers to one request as they come."""

    __slots__ = ("_answered", "_answers", "_missing")

    def __init__(self, count: int, answered: Answered) -> None:
        self._answers: list[Answer | None] = [None] * count
        self._missing = count
        self._answered = answered

    def tell(self, place: int, answer: Answer) -> None:
        self._answers[place] = answer
        self._missing -= 1
        if not self._missing:
            self._answered(self._answers)  # type: ignore[arg-type]


def _deliver(
    round_: Round,
    commands: Sequence[OrderCommand],
    places: Sequence[int],
    fate: Fate,
    executions: Sequence[bytes],
) -> None:
    for number, place in enumerate(places):
        if fate is Fate.ANSWERED:
            answer = executed(executions[number])
        elif fate is Fate.UNKNOWN:
            answer = unknown(commands[number])
        else:
            answer = refused("the log could not be reached in time, or has no room")
        round_.tell(place, answer)


def _new_name(command: OrderCommand) -> str:
    """The client order id under which an order will be known after this command; empty: none."""
    if type(command) is NewOrder:
        return command.client_order_id
    return command.new_client_order_id if type(command) is ReplaceOrder else ""


def in_flight_name(account: str, client_order_id: str) -> str:
    """How the order entry knows a client order id."""
    return f"{account}\0{client_order_id}"
