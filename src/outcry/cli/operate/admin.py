"""How an admin command is entered: over NATS as the operator, or by an admin key at a gateway."""

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import msgspec
from cyclopts import Parameter
from nats.errors import Error as NatsError

from outcry.cli.errand import carry_out
from outcry.cli.failed import ExitCode, Failed
from outcry.cli.gateway_client import WHERE, Gateway
from outcry.cli.operator import ANSWER_S, Bus, connected, given, operator_at
from outcry.cli.tables import print_json
from outcry.cli.ticket import show_ticket
from outcry.log.jetstream import JetStreamLog
from outcry.log.log import LogError
from outcry.wire.executions import read_answer
from outcry.wire.subjects import BOOKS, EXECUTIONS


@Parameter(name="*", group=WHERE)
@dataclass(frozen=True, kw_only=True)
class Admin(Bus):
    """Where an admin command enters, and how it answers."""

    url: str = ""
    "Or the address of a gateway, for who has an admin key and no NATS at hand."
    key: Annotated[str, Parameter(env_var="OUTCRY_KEY")] = ""
    "With --url: the admin key."
    json: Annotated[bool, Parameter(negative="")] = False
    "Print the answer as JSON, for scripts."

    def enter(self, op: str, **fields: Any) -> dict[str, Any]:
        """The execution of a command, also of one that is rejected. Raises Failed."""
        if self.url:
            return self.gateway.admin({"op": op, **given(fields)})
        execution = carry_out(_enter(self.find_url(), op, fields))
        told: dict[str, Any] = msgspec.to_builtins(execution)
        return told

    def ask(self, question: str, path: str, **fields: str) -> dict[str, Any]:
        """What the books answer to a question, which is asked of a gateway at `path`, as of now;
        empty: they do not. Raises Failed: there is nobody to be asked."""
        if not self.url:
            return carry_out(_ask(self.find_url(), question, fields))
        gateway = self.gateway
        with contextlib.suppress(Failed):
            return dict(gateway.get(path))
        return {}

    @property
    def gateway(self) -> Gateway:
        """The gateway at `url`. Raises Failed: there is no key for it."""
        if not self.key:
            raise Failed(
                "an admin key goes with --url: give it with --key or OUTCRY_KEY", ExitCode.USAGE
            )
        return Gateway(url=self.url, key=self.key)


async def _enter(url: str, op: str, fields: Mapping[str, Any]) -> Any:
    async with operator_at(url) as operator:
        return await operator.enter(op, **fields)


async def _ask(url: str, question: str, fields: Mapping[str, str]) -> dict[str, Any]:
    async with connected(url) as nc:
        answers = JetStreamLog(nc, EXECUTIONS)
        try:
            newest = await answers.get(await answers.last_seq())
            if newest is None:
                return {}
            body = msgspec.json.encode({**fields, "min_seq": read_answer(newest.body)[-1].seq})
            answer = await nc.request(f"{BOOKS}.{question}", body, timeout=ANSWER_S)
        except (NatsError, LogError):
            return {}
    told: dict[str, Any] = msgspec.json.decode(answer.data)
    return {} if "error" in told else told


def enter(admin: Admin | None, op: str, **fields: Any) -> int:
    """Enter a command and show its execution; gives the exit code. Raises Failed."""
    at = admin or Admin()
    return show(at, at.enter(op, **fields))


def show(at: Admin, execution: dict[str, Any]) -> int:
    if at.json:
        print_json(execution)
    else:
        show_ticket(execution)
    return ExitCode.REFUSED if execution["result"] == "rejected" else ExitCode.OK
