"""The same log gives the same answers, byte for byte, wherever it is read."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from outcry.domain.limits import Bounds
from outcry.orders.answer import Desk
from outcry.wire.executions import read_answer, split_digest
from tests.seeded import fingerprint, log

ROOT = Path(__file__).parents[2]
GOLDEN = "20fec5759518dc7105878c795e61760234c60adb2308b71a93a2eb62bf32669c"


def test_answers_stay_what_they_were() -> None:
    """A change that alters any answer to an old log needs a new engine version and says so here."""
    assert fingerprint() == GOLDEN


@pytest.mark.parametrize("hash_seed", ["0", "1", "4294967295"])
def test_another_process_gives_the_same_answers(hash_seed: str) -> None:
    """The order of sets and the hashes of strings, which differ by process, reach no answer."""
    env = os.environ | {"PYTHONHASHSEED": hash_seed, "PYTHONPATH": str(ROOT / "src")}
    command = [sys.executable, "-m", "tests.seeded"]
    ran = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == fingerprint()


def test_the_seeded_log_trades() -> None:
    """What the fingerprint stands for is a day with everything in it."""
    desk = Desk(Bounds(touches=3))
    seen: set[str] = set()
    for entry in log(1):
        for execution in read_answer(desk.answer(entry)):
            seen |= {execution.result, execution.op, execution.reason}
            seen |= {"unfinished"} if execution.unfinished else set()
            seen |= {"blocked"} if execution.blocked else set()
            seen |= {"fees"} if any(trade.taker_fee for trade in execution.trades) else set()
            seen |= {change.reason for change in execution.changed}
            if execution.order is not None:
                order = execution.order
                seen |= {order.status, order.reason, order.type, order.order_class}
                seen |= {"notional"} if order.notional else set()
    assert seen >= {"accepted", "rejected", "duplicate", "replace", "cancel", "malformed"}
    assert seen >= {"filled", "partially_filled", "fill_or_kill", "self_trade", "requested"}
    assert seen >= {"cancel_all", "switch.fired", "dead_mans_switch", "expired", "unfinished"}
    assert seen >= {"blocked", "client_order_id_blocked", "clock.tick", "cancel_all_after"}
    assert seen >= {"halted", "cancel_only", "client_order_id_reused", "unknown_order"}
    assert seen >= {"orders.expired", "held", "stop.triggered", "would_take", "reduce_only"}
    assert seen >= {"exit.moved", "parent_ended", "bracket", "oto", "oco", "trailing_stop"}
    assert seen >= {"stop_limit", "stop", "leg_prices", "notional"}
    assert seen >= {"fees", "not_allowed", "shares_available", "account.withdraw", "price_band"}


def test_two_desks_that_read_one_log_show_one_digest() -> None:
    """The digest stands for all history: it differs from the first answer that does."""
    one, other = Desk(), Desk()
    changed = list(log(1, 100))
    changed[50] = changed[50]._replace(ts_ns=changed[50].ts_ns + 1)
    for seq, (mine, theirs) in enumerate(zip(log(1, 100), changed, strict=True)):
        digests = [split_digest(d.answer(e))[1] for d, e in ((one, mine), (other, theirs))]
        assert digests == [one.engine.digest, other.engine.digest]
        assert (digests[0] == digests[1]) == (seq < 50)
