"""The child's side of `outcry up`: it never outlives its parent.

The parent holds the other end of a pipe that is the child's standard input. However the parent
ends, kill -9 included, the pipe ends with it, and so does the child, at once: what counts is in
the log. That holds on every system, unlike a signal from the kernel.
"""

import os
import sys
import threading

VARIABLE = "OUTCRY_SUPERVISED"
ORPHANED = 71
"""Exit code (EX_OSERR): the parent is gone."""


def end_with_supervisor() -> None:
    """Where `outcry up` started this process, end it when that has ended."""
    if os.environ.get(VARIABLE):
        threading.Thread(target=_watch, name="supervisor", daemon=True).start()


def _watch() -> None:
    while os.read(sys.stdin.fileno(), 1):
        pass
    os._exit(ORPHANED)
