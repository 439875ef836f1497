"""Folders that stay, and files that one process holds."""

import os
from pathlib import Path

import pytest

from outcry.log.folders import lock_file, make_folder


def test_a_folder_is_made_with_those_above_it(tmp_path: Path) -> None:
    """Only its owner may look into it; one that is there stays as it is."""
    folder = tmp_path / "a" / "b"
    make_folder(folder)
    (folder / "kept").touch()
    make_folder(folder)
    assert (folder / "kept").exists()
    assert folder.stat().st_mode & 0o077 == 0


def test_a_file_is_held_by_one(tmp_path: Path) -> None:
    """Who comes second is refused, until the first lets it go."""
    path = tmp_path / "lock"
    held = lock_file(path)
    with pytest.raises(BlockingIOError):
        lock_file(path)
    os.close(held)
    os.close(lock_file(path))
