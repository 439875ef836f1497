"""How a command ends that could not do what was asked: one line, and a code for scripts."""

from enum import IntEnum


class ExitCode(IntEnum):
    """Of the client commands."""

    OK = 0
    REFUSED = 1
    """The market rejected the order, a replay found a difference, or the data are not there."""
    USAGE = 2
    """The command line, or a value in it, was not understood."""
    UNREACHABLE = 3
    """Nobody answers, or takes no orders now."""
    UNKNOWN = 4
    """The order was sent and may stand; its result did not come in time."""


class Failed(Exception):
    """One line for the user: what was wrong, what to do."""

    def __init__(self, text: str, code: ExitCode) -> None:
        super().__init__(text)
        self.code = code
