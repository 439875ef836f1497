"""What cannot be taken back is asked for twice."""

import sys

from outcry.cli.failed import ExitCode, Failed


def confirm(what: str, *, yes: bool) -> None:
    """Return when somebody says yes, on the command line or now. Raises Failed otherwise."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise Failed(f"{what}: say --yes to do it", ExitCode.USAGE)
    print(f"{what}. Go on? [y/N] ", end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise Failed("nothing was done", ExitCode.REFUSED)
