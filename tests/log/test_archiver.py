"""How the archive grows: without a gap, nothing twice, and only by what was read back."""

import resource
from pathlib import Path

import pytest

from outcry.log.archive import Archive
from outcry.log.archiver import extend
from outcry.log.log import LogError
from outcry.log.segments import Segment, SegmentWriter
from outcry.wire.subjects import ORDERS
from tests.log.stored import LOG, archived, entries, filled


async def test_an_archive_goes_on_where_it_ends(tmp_path: Path) -> None:
    """Each run adds what is missing up to the entry it is told, in files of bounded size."""
    archive = Archive(tmp_path, ORDERS)
    live = await filled(entries(1, 50))
    told: list[Segment] = []
    await extend(archive, live, LOG, 20, raw_bytes_max=500, on_segment=told.append)
    assert told == archive.segments()
    assert len(told) > 2
    assert list(archive.read(1)) == entries(1, 20)
    await extend(archive, live, LOG, 20)
    assert archive.segments() == told
    await extend(archive, live, LOG, 50)
    assert list(archive.read(1)) == entries(1, 50)


async def test_an_end_before_the_purge_changes_nothing(tmp_path: Path) -> None:
    """What is in the archive and still in the stream is not written again."""
    archive = archived(tmp_path, (1, 20))
    (archive.folder / f"{21:020d}.tmp").write_bytes(b"what a kill left")
    live = await filled(entries(1, 50))
    await extend(archive, live, LOG, 30)
    assert [(segment.first, segment.last) for segment in archive.segments()] == [(1, 20), (21, 30)]
    assert list(archive.read(1)) == entries(1, 30)
    assert [path.suffix for path in archive.folder.iterdir()] == [".segment"] * 2


async def test_an_archive_takes_no_other_history(tmp_path: Path) -> None:
    """Of another log, of a fork of this one, or with a hole between: it stays as it is."""
    archive = archived(tmp_path, (1, 20))
    live = await filled(entries(1, 50))
    with pytest.raises(LogError, match=f"the archive of log {LOG}, and this is 000000000000x"):
        await extend(archive, live, "000000000000x", 30)
    fork = await filled([*entries(1, 19), entries(20, 20)[0]._replace(body=b""), *entries(21, 50)])
    with pytest.raises(LogError, match="something else at 20"):
        await extend(archive, fork, LOG, 30)
    late = await filled(entries(22, 50), first_seq=22)
    with pytest.raises(LogError, match=r"begins at 22, and .* ends at 20"):
        await extend(archive, late, LOG, 30)
    with pytest.raises(LogError, match="ends at 50, before 51"):
        await extend(archive, live, LOG, 51)
    assert list(archive.read(1)) == entries(1, 20)


async def test_a_disk_that_takes_no_file_is_told(tmp_path: Path) -> None:
    """In one line, with the name of the folder."""
    (tmp_path / "archive").write_text("not a folder")
    with pytest.raises(LogError, match="cannot be"):
        await extend(Archive(tmp_path / "archive", ORDERS), await filled(entries(1, 5)), LOG, 5)


async def test_a_disk_that_is_full_is_left_as_it_was(tmp_path: Path) -> None:
    """The begun file goes, whose room others may need, also where its end finds no room."""
    archive = archived(tmp_path, (1, 20))
    live = await filled(entries(1, 500))
    usual = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000, usual[1]))
    try:
        with pytest.raises(LogError, match="cannot be written"):
            await extend(archive, live, LOG, 500)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, usual)
    assert list(archive.folder.iterdir()) == [segment.path for segment in archive.segments()]
    assert archive.last_seq == 20


async def test_what_the_disk_did_not_keep_is_no_segment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that reads back as something else is taken away, and nothing may be purged."""
    seal = SegmentWriter.seal

    def torn(writer: SegmentWriter) -> Segment:
        segment = seal(writer)
        segment.path.write_bytes(segment.path.read_bytes()[:-1])
        return segment

    monkeypatch.setattr(SegmentWriter, "seal", torn)
    archive = Archive(tmp_path, ORDERS)
    with pytest.raises(LogError, match="is damaged"):
        await extend(archive, await filled(entries(1, 5)), LOG, 5)
    assert archive.segments() == []
