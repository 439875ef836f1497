"""`outcry snapshot` on the folder of a stopped exchange."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from outcry.cli.__main__ import main
from outcry.cli.failed import ExitCode
from outcry.orders import snapshots
from tests.cli.laid_up import lay_up
from tests.orders.folder import save
from tests.venue import Venue


def run(what: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, Any]:
    capsys.readouterr()
    code = main(["snapshot", what, f"--data-dir={folder}", "--json"])
    out = capsys.readouterr().out
    return code, json.loads(out)["snapshots"] if out else None


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What an exchange left that took two snapshots."""
    folder = tmp_path_factory.mktemp("data")
    asyncio.run(lay_up(folder, snapshots_after=(100, 200)))
    return folder


def test_they_are_listed(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The newest comes first, with all that its header says."""
    code, found = run("list", folder, capsys)
    assert (code, [one["entry"] for one in found]) == (ExitCode.OK, [200, 100])
    assert not any(one["trouble"] for one in found)
    assert main(["snapshot", "list", f"--data-dir={folder}"]) == ExitCode.OK
    assert "200" in capsys.readouterr().out


def test_good_ones_are_found_good(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Whole, and borne out by EXECUTIONS, which is read on the folder while nothing runs."""
    code, found = run("verify", folder, capsys)
    assert (code, [one["trouble"] for one in found]) == (ExitCode.OK, ["", ""])


def test_what_is_wrong_is_told(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A damaged file, one of another log and one of another history each have their words."""
    stranger = save(folder / "snapshots", Venue("ACME").engine, log="fedcba9876543")
    _, liar = snapshots.read(snapshots.found(folder / "snapshots")[0])
    liar.digest = bytes(16)
    liar.reports.entry = 201
    lying = save(folder / "snapshots", liar)
    damaged = save(folder / "snapshots", liar)
    damaged = damaged.rename(damaged.with_name("0123456789abc-5-0000000000000300.snapshot"))
    lying = save(folder / "snapshots", liar)
    damaged.write_bytes(damaged.read_bytes()[:-1])
    code, found = run("verify", folder, capsys)
    assert code == ExitCode.REFUSED
    troubles = {one["file"]: one["trouble"] for one in found}
    assert "bytes of state" in troubles[damaged.name]
    assert "has digest" in troubles[lying.name]
    assert (
        "another state" in troubles[stranger.name] or "not of this log" in troubles[stranger.name]
    )


def test_without_nats_the_files_alone_are_checked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where there is no log to hold them against, that is said, and the rest is checked."""
    save(tmp_path / "snapshots", Venue("ACME").engine)
    code = main(["snapshot", "verify", f"--data-dir={tmp_path}", "--json"])
    told = capsys.readouterr()
    assert code == ExitCode.OK
    assert "not held against EXECUTIONS" in told.err
    assert [one["trouble"] for one in json.loads(told.out)["snapshots"]] == [""]


def test_nobody_takes_one_where_nothing_runs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The order service takes snapshots; without one the command says so."""
    code, _ = run("take", tmp_path, capsys)
    assert code == ExitCode.UNREACHABLE
