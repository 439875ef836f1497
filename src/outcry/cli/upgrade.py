"""`outcry upgrade`: the mark in the log at which the next version of the engine goes on."""

import msgspec

from outcry.cli.confirm import Yes, confirm
from outcry.cli.errand import carry_out
from outcry.cli.failed import ExitCode, Failed
from outcry.cli.operator import Bus, Json, operator_at
from outcry.cli.tables import print_json
from outcry.domain.limits import VERSION
from outcry.wire.messages import ExecutionMessage


def upgrade(
    *, to: str = VERSION, yes: Yes = False, json: Json = False, bus: Bus | None = None
) -> int:
    """Mark in the log where the next version of the engine goes on.

    The order service that runs answers everything up to the mark, leaves a snapshot and ends. What
    enters after that waits in the log for an order service of the new version.

    Parameters
    ----------
    to
        Version of the engine that goes on; that of this Open Outcry when left out.
    """
    url = (bus or Bus()).find_url()
    if to.isdecimal() and int(to) > int(VERSION) + 1:
        raise Failed(
            f"this Open Outcry has engine {VERSION}, so engine {to} is not the next: install the "
            "version that has it, and enter its `outcry upgrade`",
            ExitCode.USAGE,
        )
    confirm(
        f"only an Open Outcry that has engine {to} can go on with this log then, and nothing but a "
        "backup leads back",
        yes=yes,
    )
    execution = carry_out(_mark(url, to))
    if json:
        print_json(msgspec.to_builtins(execution))
    elif execution.result == "accepted":
        print(
            f"entry {execution.entry} is the mark: the order service ends there; start the Open "
            f"Outcry that has engine {to}, on the same data"
        )
    else:
        print(f"rejected: {execution.text}")
    return ExitCode.OK if execution.result == "accepted" else ExitCode.REFUSED


async def _mark(url: str, to: str) -> ExecutionMessage:
    async with operator_at(url) as operator:
        return await operator.enter("venue.upgrade", engine=to)
