"""`outcry archive`, on the folder of a stopped exchange."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from outcry.cli.__main__ import main
from outcry.cli.failed import ExitCode
from outcry.log.archive import Archive
from outcry.orders.archiving import sole_archiver
from outcry.wire.subjects import EXECUTIONS, ORDERS
from tests.cli.laid_up import lay_up


def archive(folder: Path, capsys: pytest.CaptureFixture[str], *command: str) -> tuple[int, Any]:
    """Exit code, and what it printed as JSON, or the line of its error."""
    capsys.readouterr()
    code = main(["archive", *command, "--json", f"--data-dir={folder}"])
    said = capsys.readouterr()
    return code, json.loads(said.out) if code == ExitCode.OK else said.err


def test_it_is_run_by_hand(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """All before the newest snapshot leaves NATS, and archive and stream are verified as one."""
    engine = asyncio.run(lay_up(tmp_path, snapshots_after=[100, 200])).engine
    code, done = archive(tmp_path, capsys, "run", "--min-age=0")
    assert (code, done["first"], done["why"]) == (ExitCode.OK, 200, "")
    assert done["freed_bytes"] > 10_000
    code, files = archive(tmp_path, capsys, "list")
    assert [(f["stream"], f["first"], f["last"]) for f in files] == [
        (ORDERS, 1, 199),
        (EXECUTIONS, 1, 199),
    ]
    code, found = archive(tmp_path, capsys, "verify")
    assert code == ExitCode.OK
    assert {name: (one["first"], one["last"]) for name, one in found.items()} == {
        ORDERS: (1, 199),
        EXECUTIONS: (1, 199),
    }
    assert main(["verify", "--json", f"--data-dir={tmp_path}"]) == ExitCode.OK
    assert json.loads(capsys.readouterr().out)["digest"] == engine.digest.hex()


def test_what_is_young_stays_by_default(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Two minutes, within which a gateway may send an entry again."""
    asyncio.run(lay_up(tmp_path, snapshots_after=[200]))
    code, done = archive(tmp_path, capsys, "run")
    assert (code, done["first"], done["freed_bytes"]) == (ExitCode.OK, 1, 0)
    assert done["why"] == "entries younger than 120 s stay"


def test_without_a_snapshot_nothing_goes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The answer says what is missing."""
    asyncio.run(lay_up(tmp_path))
    code, done = archive(tmp_path, capsys, "run", "--min-age=0")
    assert (code, done["first"]) == (ExitCode.OK, 1)
    assert "outcry snapshot take" in done["why"]
    assert archive(tmp_path, capsys, "list") == (ExitCode.OK, [])
    code, found = archive(tmp_path, capsys, "verify")
    assert (code, found[ORDERS]["last"]) == (ExitCode.OK, 0)


def test_who_else_archives_is_not_disturbed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The order service may be at it."""
    asyncio.run(lay_up(tmp_path, snapshots_after=[200]))
    with sole_archiver(tmp_path / "archive"):
        code, said = archive(tmp_path, capsys, "run", "--min-age=0")
    assert code == ExitCode.REFUSED
    assert "another process writes to the archive" in said


@pytest.mark.parametrize("command", ["list", "verify"])
def test_a_missing_file_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    """Whoever looks at an archive with a gap is told."""
    asyncio.run(lay_up(tmp_path, purged_before=50, snapshots_after=[100, 200]))
    archive(tmp_path, capsys, "run", "--min-age=0")
    kept = Archive(tmp_path / "archive", EXECUTIONS)
    first, second = kept.segments()
    first.path.rename(first.path.with_name(first.path.name.replace("49.", "48.")))
    code, said = archive(tmp_path, capsys, command)
    assert code == ExitCode.REFUSED
    assert second.path.name in said


def test_verify_finds_a_flipped_bit(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """And names the file."""
    asyncio.run(lay_up(tmp_path, purged_before=50))
    path = Archive(tmp_path / "archive", ORDERS).segments()[0].path
    whole = bytearray(path.read_bytes())
    whole[-20] ^= 1
    path.write_bytes(whole)
    code, said = archive(tmp_path, capsys, "verify")
    assert code == ExitCode.REFUSED
    assert path.name in said
