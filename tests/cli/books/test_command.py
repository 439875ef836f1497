"""`outcry books rebuild`: the books follow from the log, and can be had again at any time."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from outcry.broker import schema
from outcry.cli.__main__ import main
from outcry.cli.books.command import REPLACED
from outcry.cli.failed import ExitCode
from tests.cli.laid_up import lay_up

TABLES = [table.name for table in schema.metadata.sorted_tables]


def rebuild(folder: Path, *options: str) -> int:
    return main(["books", "rebuild", f"--data-dir={folder}", *options])


def rows(database: Path) -> dict[str, list[tuple[object, ...]]]:
    with closing(sqlite3.connect(database)) as books:
        return {
            table: sorted(books.execute(f"SELECT * FROM {table}").fetchall()) for table in TABLES
        }


def tamper(database: Path) -> None:
    with closing(sqlite3.connect(database)) as books:
        books.execute("UPDATE trades SET price = price + 1")
        books.commit()


def test_tampered_books_are_replaced(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """New books take the place of the old ones, which stay beside them; the difference is told."""
    asyncio.run(lay_up(tmp_path))
    right = rows(tmp_path / "books.db")
    tamper(tmp_path / "books.db")
    wrong = rows(tmp_path / "books.db")
    assert rebuild(tmp_path) == ExitCode.OK
    told = capsys.readouterr().out
    assert "the present books differ" in told
    assert "books, trades, seq" in told
    assert rows(tmp_path / "books.db") == right
    assert rows(tmp_path / REPLACED) == wrong
    assert main(["verify", f"--data-dir={tmp_path}"]) == ExitCode.OK


@pytest.mark.parametrize(
    "change",
    ["DELETE FROM position", "UPDATE position SET digest = 'x'", "UPDATE position SET entry = 'x'"],
)
def test_books_that_do_not_say_how_far_they_go_are_replaced(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], change: str
) -> None:
    """They are damaged, as whoever reads them says in one line."""
    asyncio.run(lay_up(tmp_path))
    right = rows(tmp_path / "books.db")
    with closing(sqlite3.connect(tmp_path / "books.db")) as books:
        books.execute(change)
        books.commit()
    assert main(["verify", f"--data-dir={tmp_path}"]) == ExitCode.REFUSED
    assert "the books do not say how far they go" in capsys.readouterr().err
    assert rebuild(tmp_path) == ExitCode.OK
    assert "are not compared" in capsys.readouterr().out
    assert rows(tmp_path / "books.db") == right


def test_a_file_that_is_no_database_is_replaced(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Books that cannot even be read are made anew all the same."""
    asyncio.run(lay_up(tmp_path))
    right = rows(tmp_path / "books.db")
    (tmp_path / "books.db").write_bytes(b"no database at all" * 1_000)
    assert rebuild(tmp_path) == ExitCode.OK
    assert "are not compared" in capsys.readouterr().out
    assert rows(tmp_path / "books.db") == right


def test_lost_books_come_back(tmp_path: Path) -> None:
    """Where there are no books, there are after it."""
    asyncio.run(lay_up(tmp_path))
    right = rows(tmp_path / "books.db")
    (tmp_path / "books.db").unlink()
    assert rebuild(tmp_path) == ExitCode.OK
    assert rows(tmp_path / "books.db") == right


def test_books_of_another_place(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With --into the present books stay as they are, and nothing that holds books is used."""
    asyncio.run(lay_up(tmp_path, booked=100))
    behind = rows(tmp_path / "books.db")
    into = tmp_path / "elsewhere.db"
    assert rebuild(tmp_path, f"--into=sqlite:///{into}") == ExitCode.OK
    assert "hold the same" in capsys.readouterr().out
    assert rows(tmp_path / "books.db") == behind
    assert rows(into)["position"] != behind["position"]
    assert rebuild(tmp_path, f"--into=sqlite:///{into}") == ExitCode.REFUSED
    assert "name an empty one" in capsys.readouterr().err
