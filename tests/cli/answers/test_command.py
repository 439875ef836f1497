"""`outcry executions rebuild`: what follows from ORDERS can be had again, byte for byte."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from outcry.cli.__main__ import main
from outcry.cli.answers.command import REPLACED
from outcry.cli.failed import ExitCode
from outcry.log.archive import Archive
from outcry.log.jetstream import JetStreamLog
from outcry.log.log import StreamState
from outcry.orders.answer import Desk
from outcry.wire.subjects import EXECUTIONS, ORDERS
from tests.cli.laid_up import lay_up
from tests.running_nats import running_nats
from tests.venue import LOG

DAMAGED = 200


def lay(folder: Path, **how: Any) -> Desk:
    return asyncio.run(lay_up(folder, **how))


def rebuild(folder: Path, *options: str) -> int:
    return main(["executions", "rebuild", f"--data-dir={folder}", *options])


def verify(folder: Path) -> int:
    return main(["verify", f"--data-dir={folder}", "--no-books"])


def held(folder: Path) -> StreamState:
    """What EXECUTIONS holds."""

    async def ask() -> StreamState:
        async with running_nats(folder) as nats:
            return await JetStreamLog(await nats.connect(), EXECUTIONS).info()

    return asyncio.run(ask())


def harm(folder: Path, subject: str, body: str = "") -> None:
    """Have the NATS of a folder do something to EXECUTIONS."""

    async def ask() -> None:
        async with running_nats(folder) as nats:
            nc = await nats.connect()
            answer = await nc.request(f"$JS.API.STREAM.{subject}.{EXECUTIONS}", body.encode())
            assert b'"success":true' in answer.data

    asyncio.run(ask())


def spoil(entry: int, answer: bytes) -> bytes:
    return answer.replace(b'"seq":', b'"sEq":', 1) if entry == DAMAGED else answer


def test_damaged_answers_are_made_anew(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The new stream is what it was before the damage; the damaged one is kept in files."""
    lay(tmp_path, spoil=spoil)
    assert verify(tmp_path) == ExitCode.REFUSED
    capsys.readouterr()
    assert rebuild(tmp_path) == ExitCode.USAGE
    assert "say --yes" in capsys.readouterr().err
    assert not (tmp_path / REPLACED).exists()
    assert rebuild(tmp_path, "--yes") == ExitCode.OK
    told = capsys.readouterr().out
    assert f"EXECUTIONS, entry {DAMAGED}" in told
    assert "rebuilt: entries 1 to 300" in told
    assert verify(tmp_path) == ExitCode.OK
    kept = list(Archive(tmp_path / REPLACED, EXECUTIONS).read(1))
    assert len(kept) == 300
    assert b'"sEq":' in kept[DAMAGED - 1].body


def test_the_answers_of_another_venue_are_replaced(tmp_path: Path) -> None:
    """An EXECUTIONS that came from elsewhere goes, all of it."""
    lay(tmp_path, spoil=lambda _, answer: answer.replace(LOG.encode(), b"f" * 13))
    assert rebuild(tmp_path, "--yes") == ExitCode.OK
    assert verify(tmp_path) == ExitCode.OK


def test_what_is_right_is_left_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Where every answer follows from ORDERS, nothing is changed."""
    lay(tmp_path)
    assert rebuild(tmp_path) == ExitCode.OK
    assert "nothing to do" in capsys.readouterr().out
    assert not (tmp_path / REPLACED).exists()


def test_lost_answers_come_back(tmp_path: Path) -> None:
    """A stream with a hole, and one that is gone, are made anew like any other."""
    lay(tmp_path)
    harm(tmp_path, "MSG.DELETE", f'{{"seq": {DAMAGED}}}')
    assert rebuild(tmp_path, "--yes") == ExitCode.OK
    assert verify(tmp_path) == ExitCode.OK
    (tmp_path / REPLACED).rename(tmp_path / "away")
    harm(tmp_path, "DELETE")
    assert rebuild(tmp_path, "--yes") == ExitCode.OK
    assert verify(tmp_path) == ExitCode.OK


def test_a_purged_log_goes_on_after_its_archive(tmp_path: Path) -> None:
    """The new stream begins where the archive ends, and its numbers are those of the entries."""
    lay(tmp_path, spoil=spoil, purged_before=150)
    assert rebuild(tmp_path, "--yes") == ExitCode.OK
    assert verify(tmp_path) == ExitCode.OK
    state = held(tmp_path)
    assert (state.first_seq, state.last_seq) == (150, 300)


def test_without_the_beginning_it_goes_on_from_a_snapshot(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is before the snapshot is kept as it is, as nobody can compute it any more."""
    lay(tmp_path, spoil=spoil, purged_before=150, archived=False, snapshots_after=(160,))
    assert rebuild(tmp_path, "--yes") == ExitCode.OK
    assert verify(tmp_path) == ExitCode.OK
    assert held(tmp_path).first_seq == 150
    harm(tmp_path, "PURGE", '{"seq": 155}')
    (tmp_path / REPLACED).rename(tmp_path / "away")
    capsys.readouterr()
    assert rebuild(tmp_path, "--yes") == ExitCode.REFUSED
    assert "the answers up to entry 160 do not follow" in capsys.readouterr().err


def test_what_was_ended_midway_goes_on(tmp_path: Path) -> None:
    """A run that ends when the old stream is gone leaves it in files, and the next one takes from
    there what nobody can compute any more."""
    lay(tmp_path, spoil=spoil, purged_before=150, archived=False, snapshots_after=(160,))
    assert rebuild(tmp_path, "--yes") == ExitCode.OK
    harm(tmp_path, "DELETE")
    assert rebuild(tmp_path, "--yes") == ExitCode.OK
    assert verify(tmp_path) == ExitCode.OK
    state = held(tmp_path)
    assert (state.first_seq, state.last_seq) == (150, 300)
    assert len(list(Archive(tmp_path / REPLACED, EXECUTIONS).read(150))) == 151


def test_a_damaged_archive_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Answers in the archive that are wrong are made anew once they are out of the way."""
    lay(tmp_path, spoil=spoil, purged_before=250)
    assert rebuild(tmp_path, "--yes") == ExitCode.REFUSED
    assert "move that folder away" in capsys.readouterr().err
    (tmp_path / "archive" / EXECUTIONS).rename(tmp_path / "away")
    assert rebuild(tmp_path, "--yes") == ExitCode.OK
    assert verify(tmp_path) == ExitCode.OK
    assert held(tmp_path).first_seq == 1


async def test_services_must_be_stopped(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """While somebody reads the log, nothing is touched."""
    async with running_nats(tmp_path) as nats:

        async def ignore(_: object) -> None:
            pass

        reader = JetStreamLog(await nats.connect(), ORDERS).reader(1, ignore, name="order-service")
        await reader.start()
        url = nats.server.url("operator")
        command = ["executions", "rebuild", "--yes", f"--nats-url={url}"]
        while True:
            code = await asyncio.to_thread(main, command)
            told = capsys.readouterr()
            if "stop all services first" in told.err:
                break
        assert code == ExitCode.REFUSED
        await reader.stop()
