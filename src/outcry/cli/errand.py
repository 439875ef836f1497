"""How a command does its work: in a loop of its own, quietly, and with one line where it cannot."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from outcry.cli.failed import ExitCode, Failed
from outcry.log.log import LogError
from outcry.runtime.lifecycle import Refused
from outcry.runtime.observe import configure_logging
from outcry.runtime.settings import LogFormat, LogLevel

Result = TypeVar("Result")


def carry_out(work: Coroutine[Any, Any, Result]) -> Result:
    """What `work` gives. Raises Failed: what the log, NATS or a file refuses."""
    configure_logging("outcry", LogFormat.CONSOLE, LogLevel.ERROR)
    try:
        return asyncio.run(work)
    except (LogError, Refused) as error:
        raise Failed(str(error), ExitCode.REFUSED) from error
    except OSError as error:
        told = f"{error.strerror}: {error.filename}" if error.filename else str(error)
        if not told:  # a time-out that nobody has worded is a defect
            raise
        raise Failed(told, ExitCode.REFUSED) from error
