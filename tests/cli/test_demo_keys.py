"""The keys of the demo market."""

import stat
from pathlib import Path

from outcry.cli.demo_keys import FILES, demo_keys
from outcry.wire.keys import parse_key


def test_they_are_made_once_and_for_their_owner_alone(tmp_path: Path) -> None:
    """The next start finds the same; nobody else can read them."""
    keys = demo_keys(tmp_path / "data")
    assert len(set(keys)) == 3
    assert all(parse_key(key) for key in keys)
    assert demo_keys(tmp_path / "data") == keys
    for name in FILES:
        assert stat.S_IMODE((tmp_path / "data" / name).stat().st_mode) == 0o600


def test_a_damaged_file_gets_a_new_key(tmp_path: Path) -> None:
    """What is no key is replaced; the others stay."""
    keys = demo_keys(tmp_path)
    (tmp_path / FILES.demo).write_text("ook_half")
    again = demo_keys(tmp_path)
    assert parse_key(again.demo) and again.demo != keys.demo
    assert again[1:] == keys[1:]


def test_where_time_goes_by_entries_they_are_the_same_everywhere(tmp_path: Path) -> None:
    """So that the same session has the same digest on any machine."""
    one, other = (demo_keys(tmp_path / name, secret=False) for name in ("one", "other"))
    assert one == other
    assert len({parse_key(key) for key in one}) == 3
