"""Nothing is booked but the very history that the books go on from."""

import pytest

from outcry.broker.check import read_entries
from outcry.broker.position import BEGINNING
from outcry.domain.limits import VERSION
from outcry.log.log import Entry, Foreign
from outcry.orders.answer import Desk
from outcry.wire.order_id import NO_LOG
from tests.broker.keeping import Recorded
from tests.venue import LOG, SHARD


def test_entries_lead_to_the_engines_position() -> None:
    """After all entries the books are at the engine's entry, execution and digest."""
    venue = Recorded("ACME", bare=True)
    venue.order(symbol="ACME", side="buy", quantity="1", price="1")
    executions, at = read_entries(venue.entries, BEGINNING)
    engine = venue.engine
    assert at == (LOG, SHARD, engine.entry, engine.seq, engine.digest, 0)
    assert [execution.seq for execution in executions] == [1, 2, 3]
    assert read_entries([], at) == ([], at)


def test_executions_may_come_before_the_venue_opens() -> None:
    """Until venue.open the log has no name; from then on it is the venue's."""
    desk = Desk()
    body = b'{"symbol":"ACME","side":"buy","quantity":"1","price":"1"}'
    opening = b'{"log":"0123456789abc","engine":"%s","schema":1,"shard":5}' % VERSION.encode()
    early = Entry(1, 0, "executions.0", desk.answer(Entry(1, 0, "order.created", body)))
    opened = Entry(2, 0, "executions.0", desk.answer(Entry(2, 0, "venue.open", opening)))
    _, at = read_entries([early], BEGINNING)
    assert (at.log, at.entry) == (NO_LOG, 1)
    _, at = read_entries([opened], at)
    assert (at.log, at.shard, at.entry) == (LOG, SHARD, 2)


def changed(entry: Entry, old: bytes, new: bytes) -> Entry:
    assert old in entry.body
    return entry._replace(body=entry.body.replace(old, new))


def test_a_changed_entry_is_refused() -> None:
    """One byte that the digest does not cover stops the broker."""
    venue = Recorded("ACME")
    bad = changed(venue.entries[1], b'"tick":"0.01"', b'"tick":"0.02"')
    with pytest.raises(Foreign, match="differ at entry 2"):
        read_entries([venue.entries[0], bad], BEGINNING)


def test_a_missing_entry_is_refused() -> None:
    """Entries are booked without a gap."""
    venue = Recorded("ACME", "ZINC")
    with pytest.raises(Foreign, match="entry 3"):
        read_entries([venue.entries[0], venue.entries[2]], BEGINNING)


def test_an_entry_of_another_log_is_refused() -> None:
    """The next entry of another venue does not go on from these books."""
    venue, other = Recorded("ACME"), Recorded("ACME", log="fffffffffffff")
    _, at = read_entries(venue.entries[:1], BEGINNING)
    with pytest.raises(Foreign, match="entry 2"):
        read_entries(other.entries[1:], at)


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b"nonsense", b'[{"digest":"' + b"0" * 32])
def test_what_is_not_an_answer_is_refused(body: bytes) -> None:
    """Bytes that no order service writes stop the broker with an error of its own."""
    with pytest.raises(Foreign, match="message 1 of EXECUTIONS cannot be read"):
        read_entries([Entry(1, 0, "executions.0", body)], BEGINNING)
