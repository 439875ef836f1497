"""A command that is to be done within a while carries the log time after which it is refused."""

import time
from typing import Any

import msgspec
import pytest

from outcry.domain.commands import Malformed, OrderCommand
from outcry.gateway.expiry import LogClock
from outcry.wire.entries import read_commands, write_command

CANCEL = {"op": "cancel", "client_order_id": "a1"}
FAR_NS = 1 << 61


def clock(newest_ns: int, *, by_entries: bool = True) -> LogClock:
    made = LogClock(by_entries=by_entries)
    made.newest_ns = newest_ns
    return made


def read(body: Any, at: LogClock) -> Any:
    return read_commands(msgspec.json.encode(body), "", at.read)


@pytest.mark.parametrize("expires_in", [250, "250"], ids=["number", "text"])
@pytest.mark.parametrize(
    "command",
    [
        {"symbol": "AAPL", "side": "buy", "quantity": "1", "price": "1"},
        {"op": "replace", "client_order_id": "a1", "quantity": "1"},
        CANCEL,
        {"op": "cancel_all"},
        {"op": "cancel_all_after", "timeout": 1_000},
    ],
)
def test_every_command_may_say_how_long_it_is_good(command: Any, expires_in: object) -> None:
    """Milliseconds from log time become the log time in the entry, which holds nothing else."""
    (read_one,) = read(command | {"expires_in": expires_in}, clock(1_000))
    assert isinstance(read_one, OrderCommand)
    assert read_one.expire_ns == 250_001_000
    written = msgspec.json.decode(write_command(read_one, ""))
    assert written["expire_at"] == "250001000"
    assert "expires_in" not in written


def test_now_is_never_before_the_newest_log_time() -> None:
    """The gateway's clock counts where it is ahead; where entries move the time, they do."""
    before = time.time_ns()
    assert before <= clock(1_000, by_entries=False).now_ns() <= time.time_ns()
    assert clock(FAR_NS, by_entries=False).now_ns() == FAR_NS
    assert clock(1_000).now_ns() == 1_000


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"expires_in": 5, "expire_at": "7"}, "not both"),
        ({"expires_in": 0}, "from 1 to 86400000"),
        ({"expires_in": 86_400_001}, "from 1 to 86400000"),
        ({"expires_in": 1.5}, "whole number"),
        ({"expires_in": "soon"}, "whole number"),
        ({"expires_in": True}, "whole number"),
    ],
)
def test_what_is_no_time_is_refused_alone(wrong: Any, says: str) -> None:
    """The element at fault is told its field, and spoils none of the others."""
    bad, good = read([CANCEL | wrong, CANCEL | {"expires_in": None}], clock(1_000))
    assert isinstance(bad, Malformed)
    assert bad.reject.field == "expires_in" and says in bad.reject.text
    assert good.expire_ns == 0


def test_the_log_itself_takes_log_times_alone() -> None:
    """Nobody but a gateway turns a duration into a time: an entry means the same for ever."""
    (bad,) = read_commands(msgspec.json.encode(CANCEL | {"expires_in": 5}), "")
    assert isinstance(bad, Malformed)
    assert "give expire_at" in bad.reject.text
