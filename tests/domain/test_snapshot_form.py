"""The form of a state in files: what was written once stays readable."""

import zlib
from pathlib import Path

from outcry.domain import snapshot
from outcry.domain.client_ids import id_digest
from outcry.domain.commands import FireSwitch
from outcry.domain.types import SelfTradePrevention
from outcry.log.log import Entry
from outcry.orders.answer import Desk
from outcry.wire.executions import read_answer

WRITTEN = Path(__file__).with_name("state_of_engine_2.zlib")
"""A dump after entry 540 of the seeded log: orders with fills, switches, an unfinished cancel."""
UNITS = 10**9


def test_what_was_written_stays_readable() -> None:
    """A start begins with a state that was written before, and so does the next version at a mark:
    whoever gives the state a new form still reads this file, which stays as it is."""
    engine = snapshot.load(zlib.decompress(WRITTEN.read_bytes()))
    assert (engine.entry, engine.seq) == (540, 2205)
    assert engine.digest.hex() == "646929b01cef7aa596470623907f141c"
    assert engine.clock.now_ns == 1_761_930_000_540_000_000
    assert list(engine.rulebook.instruments) == ["ACME", "ZINC", "IRON"]
    assert engine.rulebook.prevention["alice"] is SelfTradePrevention.NONE
    assert engine.due.unfinished == {FireSwitch("bob"): 540 << 12}
    assert list(engine.due.switches.armed) == ["carol", "dave"]
    assert len(engine.orders) == 9
    (filled,) = (order for order in engine.orders.values() if order.filled)
    assert (filled.account, filled.price) == ("demo", 107 * UNITS)
    assert (filled.leaves, filled.filled) == (3 * UNITS, 15 * UNITS)
    assert filled.average_price == 107 * UNITS
    blocked = engine.client_ids.find(id_digest("demo", "3"))
    assert blocked is not None and blocked.blocked
    tick = Entry(541, 1_761_930_000_546_000_000, "clock.tick", b"{}")
    *fired, ticked = read_answer(Desk.of(engine).answer(tick))
    assert {told.op for told in fired} == {"switch.fired"}
    assert ticked.result == "accepted"
