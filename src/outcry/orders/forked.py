"""Work on the state of this moment, in a forked child: the parent goes on at once.

Rule 1: the child has the parent's memory as it was, and nothing else of it: it closes every file
and socket first, so that a parent that dies meanwhile leaves no port, pipe or connection held.
Rule 2: it never returns into the parent's code, and it ends without its clean-up.
"""

import os
import signal
import time
import traceback
import warnings
from collections.abc import Callable

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_GONE_LOOKS = 50
_GONE_LOOK_S = 0.001
_NICE = 10
_TOLD_MAX = 4096


class Forked:
    """A child under way. Only one that was seen to have `ended` is gone."""

    def __init__(self, pid: int, told: int) -> None:
        self.pid = pid
        self._told = told

    def ended(self) -> str | None:
        """How it ended: "" with its work done, else why not; None: it has not. Once told, gone."""
        pid, status = os.waitpid(self.pid, os.WNOHANG)
        if not pid:
            return None
        told = os.read(self._told, _TOLD_MAX).decode(errors="replace")
        os.close(self._told)
        code = os.waitstatus_to_exitcode(status)
        if code < 0:
            return f"killed by signal {-code}"
        return told or f"exit code {code}" if code else ""

    def kill(self) -> None:
        """End it, and see it go; one that the kernel does not let go is left behind."""
        os.kill(self.pid, signal.SIGKILL)
        for _ in range(_GONE_LOOKS):
            if self.ended() is not None:
                return
            time.sleep(_GONE_LOOK_S)


def forked(work: Callable[[], None]) -> Forked:
    """Begin `work` in a child. Raises OSError: there is no room for another process."""
    told, tell = os.pipe()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)  # none is heard by both
    try:
        with warnings.catch_warnings():  # our other threads hold nothing that the child needs
            warnings.simplefilter("ignore", DeprecationWarning)
            pid = os.fork()
        if not pid:
            _work(work, tell)
    except OSError:
        os.close(told)
        raise
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        os.close(tell)
    return Forked(pid, told)


def _work(work: Callable[[], None], tell: int) -> None:
    """All that the child does."""
    code = 1
    try:
        os.nice(_NICE)  # first of all: the parent may be waiting for its core
        signal.set_wakeup_fd(-1)
        for number in SIGNALS:
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
        os.closerange(0, tell)
        os.closerange(tell + 1, os.sysconf("SC_OPEN_MAX"))
        work()
        code = 0
    except OSError as error:
        os.write(tell, str(error).encode()[:_TOLD_MAX])
    except BaseException:  # noqa: BLE001 -- nothing may get from here into the parent's code
        os.write(tell, traceback.format_exc().encode()[-_TOLD_MAX:])
    finally:
        os._exit(code)
