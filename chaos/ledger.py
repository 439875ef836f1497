"""What was asked, what was answered: every command that anybody has sent, and what became of it."""

from collections import Counter
from collections.abc import Iterable
from enum import Enum
from typing import Any, NamedTuple

Key = tuple[str, str, str]
"""Op, account and client order id: no two commands of one sender under way are alike in these."""


class Fate(Enum):
    """What became of a command. The first four are as they should be."""

    ANSWERED = "answered"
    RETRIED = "answered to a retry"
    FOUND = "not answered, found in the log"
    NEVER = "not answered, never in the log"
    STUCK = "stuck: sent again and again, without an answer"


class Sent:
    """One command, from the first time that it was sent until its sender knows or gives up."""

    __slots__ = ("answer", "gave_up", "key", "tries")

    def __init__(self, key: Key) -> None:
        self.key = key
        self.tries = 0
        self.answer = b""
        self.gave_up = False


class Told(NamedTuple):
    """What the holder of the key to an account was told of an execution."""

    account: str
    execution: bytes


class Ledger:
    """Of all senders together. What was answered stays, one execution each."""

    def __init__(self) -> None:
        self.answers: list[Told] = []
        """Executions as they stood in answers, those of repeats as well."""
        self.acknowledged: dict[Key, None] = {}
        """Commands with a client order id of which somebody was told that they are done."""
        self.in_flight: dict[Sent, None] = {}
        self.sent = 0
        """Commands, each counted once."""
        self.failures: Counter[str] = Counter()
        """What clients were told instead of an execution: "unknown", or the code of an error."""
        self._met: dict[Key, Sent] = {}

    def send(self, fields: dict[str, Any]) -> Sent:
        """Note that a command goes out, for the first time or again."""
        key = key_of(fields)
        sent = self._met.get(key)
        if sent is None:
            sent = self._met[key] = Sent(key)
            self.sent += 1
        sent.tries += 1
        self.in_flight[sent] = None
        return sent

    def answered(self, sent: Sent, execution: bytes, result: str) -> None:
        self.answers.append(Told(sent.key[1], execution))
        sent.answer = execution
        if result != "rejected" and sent.key[2]:
            self.acknowledged[sent.key] = None
        self._end(sent)

    def give_up(self, sent: Sent) -> None:
        """Its sender will never know, and does not ask again."""
        sent.gave_up = True
        self._end(sent)

    def _end(self, sent: Sent) -> None:
        self.in_flight.pop(sent, None)
        self._met.pop(sent.key, None)


class Found(NamedTuple):
    """What the log tells of commands: how often each was done, and how often it was refused."""

    done: Counter[Key]
    refused: Counter[Key]

    def fate(self, sent: Sent) -> Fate:
        if sent.answer:
            return Fate.ANSWERED if sent.tries == 1 else Fate.RETRIED
        if not sent.gave_up:
            return Fate.STUCK
        return Fate.FOUND if self.done[sent.key] or self.refused[sent.key] else Fate.NEVER

    @property
    def doubled(self) -> list[Key]:
        """Commands that were done more than once."""
        return [key for key, times in self.done.items() if times > 1]


def find(executions: Iterable[dict[str, Any]]) -> Found:
    """Executions by the commands they answer; those without a client order id are left out."""
    found = Found(Counter(), Counter())
    for told in executions:
        fields = told["order"] if told["op"] == "new" else told.get("command", {})
        if "client_order_id" not in fields or "account" not in fields:
            continue
        key = key_of(fields | {"op": told["op"]})
        if told["result"] == "accepted":
            found.done[key] += 1
        elif told["result"] == "rejected":
            found.refused[key] += 1
    return found


def key_of(fields: dict[str, Any]) -> Key:
    """The identity of a command, or of the command that an execution tells of."""
    name = fields.get("new_client_order_id") or fields.get("client_order_id", "")
    return fields.get("op", "new"), fields["account"], name
