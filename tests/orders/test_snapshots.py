"""The folder of snapshots: what is kept, what is found, and what is never loaded."""

import os
import time
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from outcry.domain import snapshot
from outcry.orders import snapshots
from outcry.orders.snapshots import Header, OtherVersion, Unusable
from tests.orders.folder import save
from tests.venue import LOG, SHARD, Venue, state


@pytest.fixture
def venue() -> Venue:
    venue = Venue("ACME")
    venue.order(symbol="ACME", side="buy", quantity="1", price="1", client_order_id="a")
    return venue


def test_what_was_written_is_read(tmp_path: Path, venue: Venue) -> None:
    """A snapshot gives the engine back, and says which log, entry and digest it is of."""
    path = save(tmp_path, venue.engine)
    header, engine = snapshots.read(path)
    assert state(engine) == state(venue.engine)
    assert header == snapshots.read_header(path)
    entry = venue.engine.entry
    assert (header.log, header.shard, header.entry, header.seq) == (LOG, SHARD, entry, entry)
    assert header.digest == venue.engine.digest.hex()
    assert [path] == list(tmp_path.iterdir())


@given(st.data())
def test_no_flipped_bit_is_loaded(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """Whatever happens to a bit of a file, it is noticed."""
    venue = Venue("ACME")
    path = save(tmp_path_factory.mktemp("folder"), venue.engine)
    whole = bytearray(path.read_bytes())
    at = data.draw(st.integers(0, len(whole) - 1))
    whole[at] ^= 1 << data.draw(st.integers(0, 7))
    path.write_bytes(whole)
    with pytest.raises(Unusable, match=path.name):
        snapshots.read(path)


@pytest.mark.parametrize("length", [0, 10, 200, -1])
def test_a_file_that_was_cut_off_is_not_loaded(tmp_path: Path, venue: Venue, length: int) -> None:
    """What is missing is noticed."""
    path = save(tmp_path, venue.engine)
    path.write_bytes(path.read_bytes()[:length])
    with pytest.raises(Unusable):
        snapshots.read(path)


def test_a_file_that_has_grown_is_not_read(tmp_path: Path, venue: Venue) -> None:
    """What a file holds beside what its header says is not even brought into memory."""
    path = save(tmp_path, venue.engine)
    os.truncate(path, 1 << 42)
    with pytest.raises(Unusable, match="bytes of state"):
        snapshots.read(path)


def test_what_is_no_file_is_not_opened(tmp_path: Path) -> None:
    """A pipe would keep whoever opens it for ever."""
    path = tmp_path / "0.snapshot"
    os.mkfifo(path)
    for read_it in (snapshots.read, snapshots.read_header):
        with pytest.raises(Unusable, match="no file"):
            read_it(path)


@pytest.mark.parametrize("lie", [{"venue": None}, {"instruments": {}}, {"orders": [[0] * 15]}])
def test_a_state_that_is_none_is_not_loaded(
    tmp_path: Path, venue: Venue, lie: dict[str, object]
) -> None:
    """However right its checksum, what no engine could have written is passed over like damage."""
    header = snapshots.read_header(save(tmp_path, venue.engine))
    _, state, *rows = snapshot.dump(venue.engine)
    told = msgspec.msgpack.encode(msgspec.msgpack.decode(state, strict=False) | lie)
    parts = [len(told).to_bytes(8, "little"), told, *rows]
    header = msgspec.structs.replace(header, size=sum(map(len, parts)))
    path = tmp_path / "lie.snapshot"
    snapshots.write(path, header, parts)
    with pytest.raises(Unusable):
        snapshots.read(path)


def test_another_version_is_not_loaded(tmp_path: Path, venue: Venue) -> None:
    """The state of another engine is not this one's, and the text says whose it is."""
    path = save(tmp_path, venue.engine, engine="0")
    with pytest.raises(OtherVersion, match="of engine 0 with schema"):
        snapshots.read(path)


def test_a_header_must_be_that_of_its_state(tmp_path: Path, venue: Venue) -> None:
    """A file that says another entry than its state has is not loaded."""
    path = save(tmp_path, venue.engine, entry=99)
    with pytest.raises(Unusable, match="another state"):
        snapshots.read(path)


def test_the_last_few_stay(tmp_path: Path, venue: Venue) -> None:
    """With each new snapshot the oldest goes; those of other logs are not ours to remove."""
    other = save(tmp_path, Venue("ACME", log="fedcba9876543").engine)
    entries = []
    for _ in range(snapshots.KEPT + 2):
        venue.order(symbol="ACME", side="buy", quantity="1", price="1")
        save(tmp_path, venue.engine)
        entries.append(venue.engine.entry)
    paths = snapshots.found(tmp_path)
    assert other in paths
    assert [read(path).entry for path in paths if path != other] == entries[
        : -snapshots.KEPT - 1 : -1
    ]


def read(path: Path) -> Header:
    return snapshots.read_header(path)


def test_after_a_restore_the_new_ones_stay(tmp_path: Path, venue: Venue) -> None:
    """Snapshots of a history that is no more make room, though their entries are higher."""
    for entry in (100, 200, 300):
        path = save(tmp_path, venue.engine, entry=entry)
        os.utime(path, (0, entry))
    path = save(tmp_path, venue.engine)
    entries = [read(path).entry for path in snapshots.found(tmp_path)]
    assert entries == [300, 200, venue.engine.entry]


def test_what_nobody_finishes_is_cleared_away(tmp_path: Path) -> None:
    """Unfinished files of the dead go; one that somebody may be writing stays."""
    folder = tmp_path / "data" / "snapshots"
    snapshots.clear(folder)
    old, young = (snapshots.unfinished(folder, name) for name in ("old", "young"))
    for path in (old, young):
        path.write_bytes(b"half of")
    then = time.time() - snapshots.ABANDONED_S - 1
    os.utime(old, (then, then))
    snapshots.clear(folder)
    assert list(folder.iterdir()) == [young]
    assert snapshots.found(folder) == []
