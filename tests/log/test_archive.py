"""The archive of a stream: all files of it, none missing, none of another log."""

from pathlib import Path

import pytest

from outcry.log.archive import Archive
from outcry.log.log import Damaged, LogError
from outcry.wire.subjects import EXECUTIONS, ORDERS
from tests.log.stored import LOG, archived, entries, sealed


def test_an_archive_is_empty_before_it_is_there(tmp_path: Path) -> None:
    """Its folder is made with its first file."""
    archive = Archive(tmp_path / "archive", ORDERS)
    assert (archive.first_seq, archive.last_seq, archive.log) == (0, 0, "")
    assert list(archive.read(1)) == []
    assert archive.get(1) is None


def test_files_are_read_as_one(tmp_path: Path) -> None:
    """From any entry on, over all files that follow."""
    archive = archived(tmp_path, (1, 4), (5, 5), (6, 20))
    assert (archive.first_seq, archive.last_seq, archive.log) == (1, 20, LOG)
    assert list(archive.read(1)) == entries(1, 20)
    assert list(archive.read(5)) == entries(5, 20)
    assert [archive.get(seq) for seq in (0, 1, 5, 20, 21)] == [
        None,
        *entries(1, 1),
        *entries(5, 5),
        *entries(20, 20),
        None,
    ]


@pytest.mark.parametrize("stretches", [[(1, 4), (6, 9)], [(1, 4), (4, 9)], [(1, 4), (1, 9)]])
def test_a_gap_is_found(tmp_path: Path, stretches: list[tuple[int, int]]) -> None:
    """Each entry is there once; the text names the files."""
    with pytest.raises(Damaged, match=r"segment is damaged: it follows 0+1-0+4\.segment"):
        archived(tmp_path, *stretches).segments()


def test_a_file_of_another_log_or_stream_is_found(tmp_path: Path) -> None:
    """It was put there by mistake."""
    archive = archived(tmp_path, (1, 4))
    sealed(archive.folder, entries(5, 9), log="anotherlog000")
    with pytest.raises(Damaged, match="is of log anotherlog000"):
        list(archive.read(1))
    sealed(archive.folder, entries(5, 9), stream=EXECUTIONS)
    with pytest.raises(Damaged, match="is of EXECUTIONS"):
        list(archive.read(1))


def test_a_folder_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    """In one line, with its name."""
    (tmp_path / ORDERS).write_text("not a folder")
    with pytest.raises(LogError, match="cannot be read"):
        Archive(tmp_path, ORDERS).segments()
