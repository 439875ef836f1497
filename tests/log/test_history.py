"""Who reads EXECUTIONS goes on with what goes on from what was read, and with nothing else."""

import pytest

from outcry.domain.digest import START
from outcry.log.history import digest_before, follow, last_of
from outcry.log.log import Foreign
from outcry.log.memory import MemoryLog
from tests.broker.keeping import Recorded


def test_a_history_is_followed_to_the_engines_digest() -> None:
    """From the beginning, or from any message that is taken as it stands."""
    venue = Recorded("ACME", "ZINC")
    digest, later = START, None
    for entry in venue.entries:
        digest = follow(entry, digest)
    for entry in venue.entries[1:]:
        later = follow(entry, later)
    assert digest == later == venue.engine.digest


def test_another_history_is_not_followed() -> None:
    """The next message of another venue, and one with a changed byte, are refused with advice."""
    venue, other = Recorded("ACME", "ZINC"), Recorded("ACME", "ZINC", log="fffffffffffff")
    digest = follow(venue.entries[0], START)
    with pytest.raises(Foreign, match=r"differ at entry 2: .* start all services again"):
        follow(other.entries[1], digest)
    entry = venue.entries[1]
    changed = entry._replace(body=entry.body.replace(b'"tick":"0.01"', b'"tick":"0.02"'))
    with pytest.raises(Foreign, match="differ at entry 2"):
        follow(changed, digest)


async def test_a_reader_begins_after_the_message_before() -> None:
    """Its digest is known from there, unless the log does not hold it any more."""
    venue = Recorded("ACME", "ZINC", bare=True)
    log = MemoryLog(lambda: 0)
    for entry in venue.entries[:2]:
        await log.send(entry.subject, entry.body)
    assert await digest_before(log, 1) == START
    assert follow(venue.entries[2], await digest_before(log, 3)) == venue.engine.digest
    assert await digest_before(log, 9) is None


def test_an_answer_says_whose_it_is() -> None:
    """Its last execution does; one that cannot be read, or ends in no digest, is named."""
    venue = Recorded("ACME")
    entry = venue.entries[-1]
    assert last_of(entry).digest == venue.engine.digest.hex()
    for body in (b"", b"[]", b'[{"a":"\xff"}]', entry.body[:-2], entry.body[:-40] + b"}]"):
        with pytest.raises(Foreign, match=f"message {entry.seq} of EXECUTIONS cannot be read"):
            last_of(entry._replace(body=body))
