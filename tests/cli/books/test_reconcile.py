"""`outcry reconcile`: ledger and engine agree on every account, or each difference is told."""

import asyncio
import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from outcry.cli.__main__ import main
from outcry.cli.failed import ExitCode
from outcry.domain.engine import Engine
from tests.cli.laid_up import lay_up

ENTRIES = 300
FIRST = "(seq, number) IN (SELECT seq, number FROM postings WHERE account = 'bob'"


def reconcile(folder: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, Any]:
    capsys.readouterr()
    code = main(["reconcile", "--offline", "--json", f"--data-dir={folder}"])
    return code, json.loads(capsys.readouterr().out)


def lay(folder: Path, snapshot_at: int = ENTRIES) -> Engine:
    return asyncio.run(lay_up(folder, snapshots_after=(snapshot_at,))).engine


def tamper(folder: Path, statement: str) -> None:
    with closing(sqlite3.connect(folder / "books.db")) as books:
        assert books.execute(statement).rowcount == 1
        books.commit()


@pytest.mark.parametrize("snapshot_at", [ENTRIES, ENTRIES // 2])
def test_an_honest_ledger_agrees(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], snapshot_at: int
) -> None:
    """At the end of the log, and at a snapshot before it while the books went on; with orders that
    rest and orders that are held."""
    engine = lay(tmp_path, snapshot_at)
    assert {"new", "held"} <= {order.status for order in engine.orders.values()}
    code, told = reconcile(tmp_path, capsys)
    assert code == ExitCode.OK, told
    assert told["differences"] == []
    assert (told["entry"], told["booked_seq"]) == (snapshot_at, engine.seq)
    cash, *shares = told["sums"]
    assert (cash["currency"], cash["difference"]) == ("USD", "0")
    assert float(cash["in"]) > float(cash["out"]) > 0 and float(cash["fees"]) > 0
    assert {line["symbol"] for line in shares} >= {"ACME"}
    assert all(line["difference"] == "0" for line in shares)
    assert told["accounts"] and told["positions"] and told["open_orders"]


def test_it_is_told_on_a_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What came in, what went out, and what all have; then the verdict."""
    lay(tmp_path)
    assert main(["reconcile", "--offline", f"--data-dir={tmp_path}"]) == ExitCode.OK
    told = capsys.readouterr().out
    assert "USD" in told and "ACME" in told and told.rstrip().endswith("no difference")


@pytest.mark.parametrize(
    ("statement", "where"),
    [
        (
            "UPDATE accounts SET cash = '1' WHERE account = 'bob'",
            "account bob: cash, postings and their sum",
        ),
        (
            "UPDATE accounts SET told_cash = '1' WHERE account = 'bob'",
            "account bob: cash, ledger and what the engine said",
        ),
        (
            "UPDATE accounts SET held = '1' WHERE account = 'bob'",
            "account bob: held, engine and books",
        ),
        (
            "UPDATE positions SET quantity = '1' WHERE account = 'bob' AND symbol = 'ACME'",
            "account bob: ACME, postings and their sum",
        ),
        (
            "UPDATE positions SET told_quantity = '1' WHERE account = 'bob' AND symbol = 'ACME'",
            "account bob: ACME, ledger and what the engine said",
        ),
        (
            "UPDATE positions SET held = '1' WHERE account = 'bob' AND symbol = 'ACME'",
            "account bob: ACME held, engine and books",
        ),
        (
            f"UPDATE postings SET cash = cash || '7' WHERE {FIRST} AND cash != '0' LIMIT 1)",
            "account bob: cash, ledger and engine",
        ),
        (
            f"UPDATE postings SET quantity = 7 WHERE {FIRST} AND symbol = 'ACME' LIMIT 1)",
            "account bob: ACME, ledger and engine",
        ),
    ],
)
def test_what_was_tampered_with_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], statement: str, where: str
) -> None:
    """The account, what of it, and between which two; with exit code 1."""
    lay(tmp_path)
    tamper(tmp_path, statement)
    code, told = reconcile(tmp_path, capsys)
    assert code == ExitCode.REFUSED
    assert where in [one["where"] for one in told["differences"]]


def test_money_out_of_nowhere_is_found(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What came in less what went out is not what all have any more."""
    lay(tmp_path)
    tamper(
        tmp_path,
        "UPDATE postings SET cash = '-1' WHERE (seq, number) IN (SELECT seq, number FROM postings "
        "WHERE account = '#external' AND kind = 'deposit' AND symbol = '' LIMIT 1)",
    )
    code, told = reconcile(tmp_path, capsys)
    assert code == ExitCode.REFUSED
    assert told["sums"][0]["difference"] != "0"
    (crooked,) = told["differences"]
    assert crooked["where"].startswith("trade or transfer ")


def test_without_a_snapshot_there_is_nothing_to_compare(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line that says what to do; the same where no order service could take one."""
    asyncio.run(lay_up(tmp_path))
    assert main(["reconcile", "--offline", f"--data-dir={tmp_path}"]) == ExitCode.REFUSED
    assert "outcry snapshot take" in capsys.readouterr().err


def test_of_a_venue_that_stands_still_the_newest_snapshot_is_compared(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Who does not say --offline is told to; nothing waits for an order service."""
    lay(tmp_path)
    assert main(["reconcile", f"--data-dir={tmp_path}"]) == ExitCode.UNREACHABLE
    told = " ".join(capsys.readouterr().err.split())
    assert "no order service is running: start it, or compare with" in told
    assert told.endswith("--offline")


def test_without_books_there_is_nothing_to_compare(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An empty folder has none."""
    assert main(["reconcile", "--offline", f"--data-dir={tmp_path}"]) == ExitCode.REFUSED
    assert "--database-url" in capsys.readouterr().err
