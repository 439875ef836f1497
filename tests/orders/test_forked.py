"""Work in a forked child: its end is known, and nothing of the parent's is touched or held."""

import contextlib
import os
import socket
import time
from collections.abc import Callable
from pathlib import Path

from outcry.orders.forked import Forked, forked
from tests.waiting import PATIENCE_S


def end_of(child: Forked) -> str:
    give_up = time.monotonic() + PATIENCE_S
    while (told := child.ended()) is None:
        assert time.monotonic() < give_up
        time.sleep(0.001)
    return told


def endless() -> None:
    time.sleep(PATIENCE_S)


def failing(error: Exception) -> Callable[[], None]:
    def work() -> None:
        raise error

    return work


def test_the_work_is_done_elsewhere(tmp_path: Path) -> None:
    """The child sees the state of the fork; what it changes stays with it."""
    state = ["as it was"]
    path = tmp_path / "written"

    def work() -> None:
        path.write_text(state[0])
        state[0] = "changed"

    child = forked(work)
    state[0] = "later"
    assert end_of(child) == ""
    assert (path.read_text(), state) == ("as it was", ["later"])


def test_a_failure_is_told() -> None:
    """An error of the system in its words, a defect with its traceback."""
    assert "No space left" in end_of(forked(failing(OSError(28, "No space left on device"))))
    assert "KeyError: 'defect'" in end_of(forked(failing(KeyError("defect"))))


def test_a_killed_child_is_gone() -> None:
    """However it ends, it is seen and leaves no zombie."""
    child = forked(endless)
    os.kill(child.pid, 9)
    assert end_of(child) == "killed by signal 9"
    child = forked(endless)
    child.kill()
    with contextlib.suppress(ProcessLookupError):
        os.kill(child.pid, 0)
        raise AssertionError("it is still there")


def test_the_child_holds_nothing() -> None:
    """A port of the parent is free as soon as the parent gives it up."""
    listening = socket.create_server(("127.0.0.1", 0))
    child = forked(endless)
    address = listening.getsockname()
    listening.close()
    give_up = time.monotonic() + PATIENCE_S
    while True:  # until the child has closed what it inherited
        with contextlib.suppress(OSError):
            socket.create_server(address, reuse_port=False).close()
            break
        assert time.monotonic() < give_up
    child.kill()
