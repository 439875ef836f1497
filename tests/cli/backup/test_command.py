"""`outcry backup` and `outcry restore`, on the folders of stopped exchanges."""

import asyncio
import json
from hashlib import blake2b
from pathlib import Path
from typing import Any

import pytest

from outcry.cli.__main__ import main
from outcry.cli.backup.manifest import File, Manifest, write_manifest
from outcry.cli.failed import ExitCode
from outcry.domain.engine import Engine
from outcry.log.archive import Archive
from outcry.log.jetstream import JetStreamLog
from outcry.log.log import Entry
from outcry.orders import snapshots
from outcry.orders.answer import Desk
from outcry.runtime.nats import connect
from outcry.runtime.nats_config import ORDER_SERVICE
from outcry.runtime.nats_server import start_nats_server
from outcry.runtime.settings import Durability
from outcry.wire.subjects import EXECUTIONS, ORDER_CREATED, ORDERS
from tests.cli.laid_up import fill, lay_up
from tests.running_nats import running_nats
from tests.seeded import log as seeded_log


class Folders:
    """An exchange that was stopped, its backup, and what is made of that."""

    def __init__(self, root: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.old, self.backup, self.new = root / "old", root / "backup", root / "new"
        self._capsys = capsys

    def lay(self, **how: Any) -> Engine:
        return asyncio.run(lay_up(self.old, **how)).engine

    def outcry(self, *command: str | Path) -> tuple[int, str]:
        """Exit code, and what was said: the one line of an error, if there is one."""
        self._capsys.readouterr()
        code = main([str(word) for word in command])
        said = self._capsys.readouterr()
        return code, said.out if code == ExitCode.OK else said.err.splitlines()[-1]

    def back_up(self) -> dict[str, Any]:
        code, said = self.outcry("backup", self.backup, "--json", "--data-dir", self.old)
        assert code == ExitCode.OK, said
        told: dict[str, Any] = json.loads(said)
        return told

    def restore(self) -> dict[str, Any]:
        code, said = self.outcry("restore", self.backup, "--json", "--data-dir", self.new)
        assert code == ExitCode.OK, said
        told: dict[str, Any] = json.loads(said)
        return told

    def refused(self) -> str:
        """Why the backup is not restored."""
        code, said = self.outcry("restore", self.backup, "--data-dir", self.new)
        assert code == ExitCode.REFUSED
        assert not self.new.with_name("new.restoring").exists()
        return said

    def verify(self, folder: Path) -> dict[str, Any]:
        code, said = self.outcry("verify", "--json", "--data-dir", folder)
        assert code == ExitCode.OK, said
        told: dict[str, Any] = json.loads(said)
        return told


@pytest.fixture
def folders(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Folders:
    return Folders(tmp_path, capsys)


def content(folder: Path) -> list[list[Entry]]:
    return [list(Archive(folder / "archive", stream).read(1)) for stream in (ORDERS, EXECUTIONS)]


@pytest.mark.parametrize("purged_before", [1, 180])
def test_a_restored_venue_is_the_one_that_was_backed_up(
    folders: Folders, purged_before: int
) -> None:
    """Every entry with its number and time, every answer, the digest at the end, a snapshot."""
    engine = folders.lay(snapshots_after=[200], purged_before=purged_before)
    told = folders.back_up()
    assert (told["entry"], told["seq"]) == (engine.entry, engine.seq)
    assert told["digest"] == engine.digest.hex()
    assert folders.restore() == told
    before, after = folders.verify(folders.old), folders.verify(folders.new)
    for name in ("log", "entries", "commands", "trades", "open_orders", "digest", "snapshots"):
        assert after[name] == before[name]
    assert content(folders.new) == content(folders.backup)
    assert [entry.seq for entry in content(folders.new)[0]] == list(range(1, engine.entry + 1))
    header = snapshots.read_header(snapshots.found(folders.new / "snapshots")[0])
    assert header.entry == 200


def test_a_restored_venue_can_be_backed_up(folders: Folders) -> None:
    """And the backup that it was made of goes on with it."""
    folders.lay()
    told = folders.back_up()
    folders.restore()
    folders.old = folders.new
    assert folders.back_up() == told


def test_a_later_backup_adds_what_is_new(folders: Folders) -> None:
    """Files that are there stay as they are; the history goes on in further ones."""
    entries = list(seeded_log(1, 300))
    desk = asyncio.run(lay_up(folders.old, entries[:200], snapshots_after=[150]))
    folders.back_up()
    first = {path: path.stat().st_mtime_ns for path in folders.backup.rglob("*.segment")}
    asyncio.run(go_on(folders.old, desk, entries[200:]))
    told = folders.back_up()
    assert (told["entry"], told["digest"]) == (desk.position, desk.engine.digest.hex())
    now = {path: path.stat().st_mtime_ns for path in folders.backup.rglob("*.segment")}
    assert len(now) == 4
    assert first.items() <= now.items()
    assert folders.restore() == told
    assert folders.verify(folders.new)["entries"] == 300


async def go_on(folder: Path, desk: Desk, entries: list[Entry]) -> None:
    """Give a stopped exchange further entries, and its books the answers to none of them."""
    async with running_nats(folder) as nats:
        nc = await nats.connect()
        logs = JetStreamLog(nc, ORDERS), JetStreamLog(nc, EXECUTIONS)
        await fill(logs, entries, lambda _, answer: answer, desk, {})


def test_a_backup_of_another_log_is_left_alone(folders: Folders, tmp_path: Path) -> None:
    """Two histories in one folder would be none."""
    folders.lay()
    told = folders.back_up()
    folders.old = tmp_path / "other"
    folders.lay(entries=seeded_log(2, 300))
    code, said = folders.outcry("backup", folders.backup, "--data-dir", folders.old)
    assert code == ExitCode.REFUSED
    assert "does not go on from there" in said
    assert folders.restore() == told


def test_only_an_empty_folder_or_a_backup_is_written_to(folders: Folders) -> None:
    """What is somebody else's is not touched."""
    folders.lay()
    folders.backup.mkdir()
    (folders.backup / "letters").write_text("dear")
    code, said = folders.outcry("backup", folders.backup, "--data-dir", folders.old)
    assert code == ExitCode.REFUSED
    assert "something else than a backup" in said
    assert [path.name for path in folders.backup.iterdir()] == ["letters"]


def test_a_backup_that_was_interrupted_is_none(folders: Folders) -> None:
    """It is not restored, and the next one goes on with what is there."""
    folders.lay()
    told = folders.back_up()
    (folders.backup / "manifest.json").unlink()
    assert "is no backup" in folders.refused()
    assert folders.back_up() == told
    assert folders.restore() == told


@pytest.mark.parametrize("purged_before", [1, 180])
def test_damaged_answers_are_not_backed_up(folders: Folders, purged_before: int) -> None:
    """A backup that could not be restored is none: it is refused, and what is there stays good."""

    def spoil(entry: int, answer: bytes) -> bytes:
        return answer.replace(b'"seq":', b'"sEq":', 1) if entry == 100 else answer

    folders.lay(spoil=spoil, purged_before=purged_before)
    code, said = folders.outcry("backup", folders.backup, "--data-dir", folders.old)
    assert code == ExitCode.REFUSED
    assert "executions rebuild" in said
    assert not list(folders.backup.rglob("*.segment"))
    assert "is no backup" in folders.refused()


def test_any_damage_of_a_backup_is_found(folders: Folders) -> None:
    """A flipped bit in any file, or one that is missing: nothing is restored, the file is named."""
    folders.lay(snapshots_after=[200])
    folders.back_up()
    files = [path for path in folders.backup.rglob("*") if path.is_file() and path.name != "lock"]
    assert len(files) == 4
    for path in files:
        whole = path.read_bytes()
        for at in (0, len(whole) // 2, len(whole) - 2):
            path.write_bytes(whole[:at] + bytes([whole[at] ^ 4]) + whole[at + 1 :])
            said = folders.refused()
            assert path.name in said
            assert not folders.new.exists()
        path.unlink()
        assert path.name in folders.refused()
        path.write_bytes(whole)
    folders.restore()


@pytest.mark.parametrize(
    "path", ["../x", "/x", "archive/../../x", "archive", "", "nats/passwords.json", "archive/\0"]
)
def test_a_manifest_names_what_a_backup_holds(folders: Folders, path: str) -> None:
    """A file that would lie outside, or give the new exchange passwords, is not copied."""
    folders.backup.mkdir()
    (folders.backup / "nats").mkdir()
    (folders.backup / "nats" / "passwords.json").write_text("{}")
    file = File(path, 2, blake2b(b"{}", digest_size=16).hexdigest())
    told: dict[str, Any] = {
        "log": "0" * 13,
        "shard": 0,
        "entry": 1,
        "seq": 1,
        "ts": "1",
        "digest": "00" * 16,
    }
    write_manifest(folders.backup, Manifest(format=1, files=(file,), **told))
    assert "manifest.json is damaged: it names" in folders.refused()
    assert not folders.new.exists()


def test_a_backup_is_restored_into_a_new_folder_only(folders: Folders) -> None:
    """An empty one will do; what is in another one is not touched."""
    folders.lay()
    folders.back_up()
    folders.new.mkdir()
    (folders.new / "books.db").write_text("books")
    assert "is not empty" in folders.refused()
    (folders.new / "books.db").unlink()
    folders.restore()


@pytest.mark.parametrize("entries", [[], [Entry(1, 1, ORDER_CREATED, b"{}")]])
def test_a_venue_that_is_not_open_is_not_backed_up(folders: Folders, entries: list[Entry]) -> None:
    """There is no history yet: no log has a name before."""
    folders.lay(entries=iter(entries))
    code, said = folders.outcry("backup", folders.backup, "--data-dir", folders.old)
    assert code == ExitCode.REFUSED
    assert "nothing to back up" in said


def test_a_log_without_its_beginning_is_not_backed_up(folders: Folders) -> None:
    """A backup that cannot be restored would be no backup."""
    folders.lay(purged_before=100, archived=False)
    code, said = folders.outcry("backup", folders.backup, "--data-dir", folders.old)
    assert code == ExitCode.REFUSED
    assert "begins at entry 100" in said


def test_a_venue_may_be_restored_to_a_nats_of_its_own(folders: Folders, tmp_path: Path) -> None:
    """The streams are made there, the rest in the folder; a NATS that has streams is refused."""
    engine = folders.lay(snapshots_after=[200])
    folders.back_up()

    async def restored() -> None:
        server = await start_nats_server(
            tmp_path / "elsewhere", port=0, monitor_port=0, durability=Durability.PROCESS
        )
        url = server.url(ORDER_SERVICE)
        command: list[str | Path] = [
            "restore",
            folders.backup,
            "--data-dir",
            folders.new,
            "--nats-url",
            url,
        ]
        try:
            code, said = await asyncio.to_thread(folders.outcry, *command)
            assert code == ExitCode.OK, said
            assert sorted(path.name for path in folders.new.iterdir()) == ["archive", "snapshots"]
            again = [*command[:3], folders.new.with_name("again"), *command[4:]]
            code, said = await asyncio.to_thread(folders.outcry, *again)
            assert code == ExitCode.REFUSED
            assert "there is a stream ORDERS already" in said
            nc = await connect(url, ORDER_SERVICE)
            assert await JetStreamLog(nc, ORDERS).last_seq() == engine.entry
            await nc.close()
        finally:
            await server.stop()

    asyncio.run(restored())
