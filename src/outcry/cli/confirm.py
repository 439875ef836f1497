"""What cannot be taken back is asked for twice."""

import sys
from typing import Annotated

from cyclopts import Parameter

from outcry.cli.failed import ExitCode, Failed

Yes = Annotated[bool, Parameter(negative="", help="Do not ask.")]


def confirm(what: str, *, yes: bool) -> None:
    """Return when somebody says yes, on the command line or now. Raises Failed otherwise."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise Failed(f"{what}: say --yes to do it", ExitCode.USAGE)
    print(f"{what}. Go on? [y/N] ", end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise Failed("nothing was done", ExitCode.REFUSED)
