"""How an admin command is entered: over NATS as the operator, or by an admin key at a gateway."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import msgspec
from cyclopts import Parameter

from outcry.cli.errand import carry_out
from outcry.cli.failed import ExitCode, Failed
from outcry.cli.gateway_client import WHERE, Gateway
from outcry.cli.operator import Bus, given, operator_at
from outcry.cli.tables import print_json
from outcry.cli.ticket import show_ticket


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
