"""Where an order service begins: the newest snapshot that counts, and what it does without one."""

import itertools
import json
from pathlib import Path

import pytest

from outcry.domain.limits import VERSION
from outcry.log.history import Diverged
from outcry.log.memory import MemoryLog
from outcry.orders import snapshots
from outcry.orders.answer import Desk
from outcry.orders.start import beginning
from outcry.runtime.lifecycle import Refused
from tests.orders.folder import save
from tests.seeded import log as seeded_log


class Past:
    """A log that was answered up to its end, and snapshots of its engine after some entries."""

    def __init__(self, folder: Path, seed: int = 1) -> None:
        self.folder = folder
        self.orders, self.answers = (MemoryLog(itertools.count(1).__next__) for _ in range(2))
        self.desk = Desk()
        self.seed = seed

    async def go(self, count: int, *snapshots_after: int) -> None:
        for entry in seeded_log(self.seed, count)[self.desk.position :]:
            await self.orders.send(entry.subject, entry.body)
            stored = await self.orders.get(entry.seq)
            assert stored is not None
            await self.answers.send("executions.0", self.desk.answer(stored))
            if entry.seq in snapshots_after:
                save(self.folder, self.desk.engine)

    async def begin(self) -> int:
        """The position of the desk to begin with, which is as right as it looks."""
        desk, newest = await beginning(self.folder, self.orders, self.answers)
        assert desk.position == (newest.entry if newest else 0)
        while desk.position < self.desk.position:
            entry = await self.orders.get(desk.position + 1)
            assert entry is not None
            desk.answer(entry)
        assert desk.engine.digest == self.desk.engine.digest
        return newest.entry if newest else 0


@pytest.fixture
async def past(tmp_path: Path) -> Past:
    past = Past(tmp_path)
    await past.go(60, 20, 40)
    return past


def spoil(path: Path) -> None:
    whole = bytearray(path.read_bytes())
    whole[-1] ^= 1
    path.write_bytes(whole)


async def test_it_begins_with_the_newest(past: Past) -> None:
    """What is before the newest snapshot is not replayed."""
    assert await past.begin() == 40


async def test_a_damaged_one_is_passed_over(past: Past) -> None:
    """The next older one serves as well."""
    spoil(snapshots.found(past.folder)[0])
    assert await past.begin() == 20


async def test_without_any_it_begins_at_the_start(past: Past) -> None:
    """Snapshots are a shortcut: with all of them damaged the log alone is enough."""
    for path in snapshots.found(past.folder):
        spoil(path)
    assert await past.begin() == 0


async def test_one_ahead_of_the_log_does_not_count(past: Past) -> None:
    """A log that was restored from a backup is gone on from where it ends."""
    shorter = Past(past.folder)
    await shorter.go(30)
    assert await shorter.begin() == 20


async def test_one_of_another_log_does_not_count(past: Past) -> None:
    """A folder that was left from a log that is no more does no harm."""
    other = Past(past.folder)
    opening = {"log": "fedcba9876543", "engine": VERSION, "schema": 1}
    await other.orders.send("venue.open", json.dumps(opening).encode())
    for body in (b"[]",) * 50:
        await other.orders.send("order.created", body)
    for seq in range(1, 52):
        entry = await other.orders.get(seq)
        assert entry is not None
        await other.answers.send("executions.0", other.desk.answer(entry))
    assert await other.begin() == 0


async def test_a_snapshot_that_differs_gives_way_to_one_that_does_not(past: Past) -> None:
    """The older one is borne out by EXECUTIONS; what follows is compared as it is replayed."""
    engine = past.desk.engine
    engine.digest = bytes(16)
    save(past.folder, engine)
    assert (await beginning(past.folder, past.orders, past.answers)).desk.position == 40


async def test_when_all_differ_it_stops(past: Past) -> None:
    """Whole snapshots of this log that EXECUTIONS contradicts are not gone past in silence."""
    other = Past(past.folder, seed=2)
    await other.go(60)
    with pytest.raises(Diverged, match="another history"):
        await beginning(past.folder, past.orders, other.answers)


async def test_purged_entries_need_a_snapshot(past: Past) -> None:
    """A log without its beginning says so, and what would help."""
    await past.orders.purge(30)
    assert await past.begin() == 40
    snapshots.found(past.folder)[0].unlink()
    with pytest.raises(Refused, match=r"begins at entry 30, .* of entry 20: .*outcry restore"):
        await past.begin()
    snapshots.found(past.folder)[0].unlink()
    with pytest.raises(Refused, match=r"begins at entry 30, and no snapshot .*--snapshot-dir"):
        await past.begin()


async def test_a_new_log_begins_at_the_start(tmp_path: Path) -> None:
    """Nothing there is nothing wrong."""
    empty = Past(tmp_path / "data" / "snapshots")
    assert await empty.begin() == 0
    assert (await beginning(None, empty.orders, empty.answers)).desk.position == 0


async def test_a_folder_that_cannot_be_made_stops_nobody(past: Past) -> None:
    """Without a place for snapshots the log is replayed from its first entry."""
    past.folder /= "file"
    past.folder.write_bytes(b"no folder")
    assert await past.begin() == 0


@pytest.mark.parametrize("junk", [b"", b"[]", b"not json", b'[{"seq":1}]'])
async def test_a_damaged_answer_is_told(past: Past, junk: bytes) -> None:
    """What EXECUTIONS holds in the place of an answer is named, with what to do about it."""
    damaged = MemoryLog(itertools.count(1).__next__)
    for _ in range(60):
        await damaged.send("executions.0", junk)
    with pytest.raises(Diverged, match="message 40 of EXECUTIONS cannot be read"):
        await beginning(past.folder, past.orders, damaged)
