"""`outcry verify` on the folder of a stopped exchange: real NATS, real books, real damage."""

import asyncio
import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from outcry.cli.__main__ import main
from outcry.cli.failed import ExitCode
from outcry.domain.engine import Engine
from outcry.orders import snapshots
from tests.cli.laid_up import lay_up
from tests.orders.folder import save

DAMAGED = 200


def verify(folder: Path, capsys: pytest.CaptureFixture[str], *options: str) -> tuple[int, Any]:
    capsys.readouterr()
    code = main(["verify", f"--data-dir={folder}", "--json", *options])
    return code, json.loads(capsys.readouterr().out)


def lay(folder: Path, **how: Any) -> Engine:
    return asyncio.run(lay_up(folder, **how)).engine


def tamper(folder: Path, statement: str) -> None:
    with sqlite3.connect(folder / "books.db") as books:
        assert books.execute(statement).rowcount == 1
    books.close()


def test_an_honest_folder_has_no_difference(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where nothing was touched, the log, its answers and the books are found to agree."""
    engine = lay(tmp_path)
    code, report = verify(tmp_path, capsys)
    assert code == ExitCode.OK, report
    assert report["difference"] is None
    assert (report["entries"], report["commands"]) == (engine.entry, engine.seq)
    assert (report["digest"], report["open_orders"]) == (engine.digest.hex(), len(engine.orders))
    assert report["trades"] > 0
    assert report["books"].endswith(f"rows equal, at entry {engine.entry}")
    assert not list(tmp_path.glob("outcry-verify-*"))


def test_a_changed_byte_of_an_execution_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One byte of one execution that is other than it was written is found, with its place."""
    where: dict[str, Any] = {}

    def spoil(entry: int, answer: bytes) -> bytes:
        field = b'"quantity":"1'
        if where or entry < DAMAGED or field not in answer:
            return answer
        told = json.loads(answer)
        index = answer[: answer.index(field)].count(b'{"seq":') - 1
        where.update(entry=entry, index=index, seq=told[index]["seq"])
        return answer.replace(field, b'"quantity":"7', 1)

    lay(tmp_path, spoil=spoil)
    code, report = verify(tmp_path, capsys)
    found = report["difference"]
    assert code == ExitCode.REFUSED
    place = f"EXECUTIONS, entry {where['entry']}, execution {where['index']} of it"
    assert found["where"].startswith(f"{place} (seq {where['seq']}): ")
    assert found["where"].endswith("quantity")
    assert (found["expected"][0], found["found"][0]) == ("1", "7")
    assert "EXECUTIONS is damaged here" in found["note"]


def test_a_changed_entry_is_told_from_a_changed_answer(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where the answer is as it was written, it is the entry that is not."""

    def forge(entry: int, body: bytes) -> bytes:
        return body.replace(b"}", b" }", 1) if entry < DAMAGED else b"[]"

    lay(tmp_path, forge=forge)
    code, report = verify(tmp_path, capsys)
    assert code == ExitCode.REFUSED
    assert report["difference"]["where"].startswith(f"EXECUTIONS, entry {DAMAGED}")
    assert "ORDERS is not what was answered" in report["difference"]["note"]


def test_an_answer_that_is_no_json_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An answer that cannot be read is found, by the byte that makes it so."""
    lay(tmp_path, spoil=lambda entry, body: body[:-1] if entry == DAMAGED else body)
    code, report = verify(tmp_path, capsys)
    assert code == ExitCode.REFUSED
    assert f"EXECUTIONS, entry {DAMAGED}: byte" in report["difference"]["where"]


@pytest.mark.parametrize(
    ("statement", "where", "expected", "found"),
    [
        ("UPDATE orders SET filled = 1 WHERE id = {id}", "orders, id {id}: filled", "0", "1"),
        ("DELETE FROM orders WHERE id = {id}", "orders, id {id}", "id {id}, ", "no such row"),
        (
            "UPDATE positions SET sold_value = '7' WHERE account = 'bob' AND symbol = 'ACME'",
            "positions, account bob, symbol ACME: sold_value",
            "",
            "7",
        ),
        ("UPDATE position SET digest = '00'", "position, id 1: digest", "", "00"),
    ],
)
def test_a_changed_row_of_the_books_is_named(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    statement: str,
    where: str,
    expected: str,
    found: str,
) -> None:
    """A row of the books that does not follow from the executions is found, with its column."""
    engine = lay(tmp_path)
    order_id = next(order.order_id for order in engine.orders.values() if not order.filled)
    tamper(tmp_path, statement.format(id=order_id))
    code, report = verify(tmp_path, capsys)
    told = report["difference"]
    assert code == ExitCode.REFUSED
    assert told["where"] == f"books, {where.format(id=order_id)}"
    assert told["expected"].startswith(expected.format(id=order_id))
    assert told["found"] == found


def test_books_that_lag_are_checked_as_far_as_they_go(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The books of a broker that was ended before the others hold less, and that is no fault."""
    engine = lay(tmp_path, booked=DAMAGED)
    code, report = verify(tmp_path, capsys)
    assert (code, report["entries"]) == (ExitCode.OK, engine.entry)
    assert report["books"].endswith(f"at entry {DAMAGED}")


def test_books_of_another_log_are_found(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Books that came from elsewhere differ at once."""
    lay(tmp_path)
    tamper(tmp_path, "UPDATE position SET log = 'fffffffffffff'")
    code, report = verify(tmp_path, capsys)
    assert (code, report["difference"]["where"]) == (ExitCode.REFUSED, "books, position, id 1: log")


def test_without_books_the_log_alone_is_verified(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where there are no books, or they are not asked for, the report says so."""
    lay(tmp_path)
    code, report = verify(tmp_path, capsys, "--no-books")
    assert (code, report["books"]) == (ExitCode.OK, "not checked")


def test_the_archive_is_read_as_part_of_the_log(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What was moved to the archive is verified as if it were still in the streams."""
    engine = lay(tmp_path, purged_before=DAMAGED)
    code, report = verify(tmp_path, capsys)
    assert (code, report["executed_from"], report["entries"]) == (ExitCode.OK, 1, engine.entry)
    assert report["books"].endswith("rows equal, at entry 300")


def test_an_archive_that_cannot_be_read_is_no_empty_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The services go on without it; who is to look at all of the log says what is wrong."""
    asyncio.run(lay_up(tmp_path, purged_before=250))
    (tmp_path / "archive").rename(tmp_path / "lost")
    (tmp_path / "archive").write_text("a file in its place")
    for command in ("verify", "backup"):
        into = [str(tmp_path / "backup")] if command == "backup" else []
        assert main([command, *into, f"--data-dir={tmp_path}"]) == ExitCode.REFUSED
        assert "archive/ORDERS cannot be read" in capsys.readouterr().err


def test_without_its_beginning_a_log_is_verified_from_a_snapshot(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is gone cannot be executed: the oldest snapshot that meets the rest is begun with."""
    lay(tmp_path, purged_before=DAMAGED, archived=False, snapshots_after=(150, 210, 250))
    code, report = verify(tmp_path, capsys)
    assert (code, report["executed_from"], report["snapshots"]) == (ExitCode.OK, 211, 1)
    assert report["entries"] == 300 - DAMAGED + 1
    assert "the beginning of the log is gone" in report["books"]
    for path in (tmp_path / "snapshots").iterdir():
        path.unlink()
    assert main(["verify", f"--data-dir={tmp_path}"]) == ExitCode.REFUSED
    assert "begins at entry 200, and there is no snapshot" in capsys.readouterr().err


def test_the_engine_is_held_against_each_snapshot(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A snapshot that is whole but of another state is found; so is one that is damaged."""
    lay(tmp_path, snapshots_after=(100, 200))
    code, report = verify(tmp_path, capsys)
    assert (code, report["snapshots"]) == (ExitCode.OK, 2)
    newest = max((tmp_path / "snapshots").iterdir())
    engine = snapshots.read(newest)[1]
    engine.accounts.by_name["bob"].cash += 1
    newest.unlink()
    save(tmp_path / "snapshots", engine)
    code, report = verify(tmp_path, capsys)
    assert (code, report["difference"]["where"]) == (
        ExitCode.REFUSED,
        f"snapshot {newest.name}: what accounts have",
    )
    newest.write_bytes(newest.read_bytes()[:-1] + b"!")
    code, report = verify(tmp_path, capsys)
    assert (code, report["difference"]["where"]) == (ExitCode.REFUSED, f"snapshot {newest.name}")


def test_a_folder_without_a_log_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where no exchange ever was, nothing is verified."""
    assert main(["verify", f"--data-dir={tmp_path}"]) == ExitCode.UNREACHABLE
    assert "no exchange runs on the data folder" in capsys.readouterr().err
