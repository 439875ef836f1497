"""From the body of a request to the answers of its commands, in order.

HTTP and WebSocket both come through here: commands are read as their sender may send them, given a
client order id where they have none, admitted or refused one by one, and written in their one form
to the order entry. Their sender is told as much of the executions as he may see.
"""

import time
from collections.abc import Callable, Sequence
from functools import partial

import msgspec

from outcry.domain.commands import (
    AdminCommand,
    Command,
    Malformed,
    NewOrder,
    OrderCommand,
    ReplaceOrder,
)
from outcry.domain.reject import RejectReason
from outcry.gateway.admission import Admission
from outcry.gateway.answers import (
    FORBIDDEN,
    MALFORMED,
    Answer,
    executed,
    failed,
    refused,
    throttled,
    too_many,
    unknown,
)
from outcry.gateway.expiry import LogClock
from outcry.gateway.order_entry import OrderEntry
from outcry.gateway.senders import NOT_OPEN_YET, Sender, Senders
from outcry.gateway.sent import Door, read_sent
from outcry.gateway.throttle import Throttle
from outcry.gateway.ticket import Fate
from outcry.wire.commands import read_order_command
from outcry.wire.entries import read_commands, write_command

Answered = Callable[[list[Answer]], None]
"""Takes one answer for each command, in their order; called once."""
Enterable = OrderCommand | AdminCommand
"""What enters the log through a gateway."""

REJECTS_MAX = 1_000
"""Rejections in a second after which a key's orders are refused before the log."""
_DURATION = b"expires_in"
"""Commands that hold this word anywhere are looked at for it."""


class Gate:
    """`suffix` ends the ids of the log and is empty until the log is known; `run` begins the
    client order ids that are given to orders without one, and no other run has the same."""

    def __init__(
        self,
        entry: OrderEntry,
        admission: Admission,
        senders: Senders,
        run: str,
        *,
        singly: bool,
        rejects_max: int = REJECTS_MAX,
    ) -> None:
        self.suffix = ""
        self._entry = entry
        self._admission = admission
        self._senders = senders
        self._run = run
        self.clock = LogClock(by_entries=singly)
        self._throttle = Throttle(rejects_max, time.monotonic)
        self._singly = singly
        """Every command an entry of its own (lockstep)."""
        self._named = 0

    def take(self, sender: Sender, door: Door, body: bytes, answered: Answered) -> None:
        """Read, admit and send the commands of `body`."""
        read = self.clock.read if _DURATION in body else read_order_command
        read_one = partial(read_sent, sender, door, read)
        self.send(sender, read_commands(body, self.suffix, read_one), answered)

    def send(self, sender: Sender, commands: Sequence[Command], answered: Answered) -> None:
        """Admit and send commands that carry the key of `sender`."""
        round_ = Round(sender, self._throttle, len(commands), answered)
        sent: list[Enterable] = []
        places: list[int] = []
        for place, command in enumerate(commands):
            refusal = self._refuse(sender, command)
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

    def _refuse(self, sender: Sender, command: Command) -> Answer | None:
        kind = type(command)
        if kind is Malformed:
            reject = command.reject  # type: ignore[union-attr]
            status = FORBIDDEN if reject.reason is RejectReason.NOT_ALLOWED else MALFORMED
            return failed(status, reject.reason.word, reject.text, reject.field)
        if not self.suffix:
            return refused(NOT_OPEN_YET)
        refusal = self._admission.refuse(command)
        if refusal is None and (kind is NewOrder or kind is ReplaceOrder) and not self._singly:
            account: str = command.account  # type: ignore[union-attr]
            code = self._throttle.refuse(sender.key_id, account, self._senders.rate(account))
            return throttled(code, account) if code else None
        return refusal

    def _name(self, command: Enterable) -> Enterable:
        """Give a new order a client order id where it has none, so that it can be asked for.

        Not under lockstep, where no name may come of chance or of a count that a restart loses.
        """
        if type(command) is not NewOrder or command.client_order_id or self._singly:
            return command
        self._named += 1
        return msgspec.structs.replace(command, client_order_id=f"{self._run}-{self._named}")

    def _submit(self, commands: list[Enterable], places: list[int], round_: "Round") -> None:
        written = [write_command(command, self.suffix) for command in commands]
        names = [name for command in commands if (name := _new_name(command))]
        deliver = partial(_deliver, round_, commands, places)
        if not self._entry.submit(written, names, deliver):
            for place in places:
                round_.tell(place, too_many())


class Round:
    """The answers to one request as they come."""

    __slots__ = ("_answered", "_answers", "_missing", "_sender", "_throttle")

    def __init__(self, sender: Sender, throttle: Throttle, count: int, answered: Answered) -> None:
        self._sender = sender
        self._throttle = throttle
        self._answers: list[Answer | None] = [None] * count
        self._missing = count
        self._answered = answered

    def execute(self, place: int, command: Enterable, execution: bytes) -> None:
        # It may come as a piece of a larger buffer.
        answer = executed(self._sender.view(bytes(execution)))
        if answer.status >= MALFORMED and isinstance(command, NewOrder | ReplaceOrder):
            self._throttle.rejected(self._sender.key_id)  # a cancel may well come too late
        self.tell(place, answer)

    def tell(self, place: int, answer: Answer) -> None:
        self._answers[place] = answer
        self._missing -= 1
        if not self._missing:
            self._answered(self._answers)  # type: ignore[arg-type]


def _deliver(
    round_: Round,
    commands: Sequence[Enterable],
    places: Sequence[int],
    fate: Fate,
    executions: Sequence[bytes],
) -> None:
    for number, place in enumerate(places):
        if fate is Fate.ANSWERED:
            round_.execute(place, commands[number], executions[number])
        elif fate is Fate.UNKNOWN:
            round_.tell(place, unknown(commands[number]))
        else:
            round_.tell(place, refused("the log could not be reached in time, or has no room"))


def _new_name(command: Enterable) -> str:
    """How the order entry will know an order after this command; empty: as before, or not."""
    if type(command) is NewOrder and command.client_order_id:
        return in_flight_name(command.account, command.client_order_id)
    if type(command) is ReplaceOrder and command.new_client_order_id:
        return in_flight_name(command.account, command.new_client_order_id)
    return ""


def in_flight_name(account: str, client_order_id: str) -> str:
    """How the order entry knows a client order id."""
    return f"{account}\0{client_order_id}"
