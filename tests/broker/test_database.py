"""A database is opened as it has to be, or refused in one line that says what to do."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Engine, create_engine, inspect, select, text
from sqlalchemy.exc import OperationalError

from outcry.broker import schema
from outcry.broker.database import is_locked, migrate, open_database
from outcry.broker.position import BEGINNING, read_position
from outcry.broker.schema import metadata
from outcry.runtime.lifecycle import Refused
from tests.broker.keeping import Keeper, Recorded


def test_new_books_are_made_with_their_folder(tmp_path: Path) -> None:
    """The folder is made."""
    open_database(f"sqlite:///{tmp_path}/a/b/books.db").close()
    assert (tmp_path / "a" / "b" / "books.db").exists()


def test_new_books_are_what_the_schema_says(address: str) -> None:
    """Tables and indexes, on each database; and the books are at the start."""
    with closing(open_database(address)) as database, database.writer.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
        made = inspect(connection)
        for table in metadata.tables.values():
            found = {index["name"] for index in made.get_indexes(table.name)}
            assert found == {index.name for index in table.indexes}
        assert read_position(connection) == BEGINNING


def test_migrations_run_at_every_start(address: str) -> None:
    """Tables that are as they have to be stay as they are."""
    with closing(open_database(address)) as database:
        migrate(database.writer)
    with closing(open_database(address)) as database, database.reader.connect() as connection:
        assert read_position(connection) == BEGINNING


OLD_TRADE = (
    "insert into trades values (7, 0, 1, 'ACME', 'buy', 5000000000, 2000000000, 1, 'a', 2, 'b')"
)
OLD_POSITION = "insert into positions values ('a', 'ACME', '2000000000', '10', '0', '0', 7)"


@pytest.mark.parametrize("revision", ["0001", "0002"])
def test_books_of_an_older_version_go_on(address: str, revision: str) -> None:
    """Their tables become what the schema says; position, trades and sums stay, and nobody has
    money or shares: the engine of that time knew of none."""
    writer = create_engine(address)
    config = Config()
    config.set_main_option("script_location", "outcry.broker:migrations")
    with closing_engine(writer), writer.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
        connection.execute(text(OLD_TRADE))
        connection.execute(text(OLD_POSITION))
        connection.execute(text("update position set log = 'abc', entry = 7"))
    with closing(open_database(address)) as database, database.reader.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
        assert read_position(connection)[:3] == ("abc", 0, 7)
        (trade,) = connection.execute(select(schema.trades)).all()
        assert (trade.price, trade.taker_fee, trade.maker_fee) == (5_000_000_000, 0, 0)
        (position,) = connection.execute(select(schema.positions)).all()
        assert (position.bought_value, position.quantity, position.cost) == (10, 0, 0)


def test_switches_that_were_on_before_they_were_booked_are(address: str) -> None:
    """The audit trail of books of before tells of them; of each the last command counts."""
    writer = create_engine(address)
    config = Config()
    config.set_main_option("script_location", "outcry.broker:migrations")
    commands = [
        ("market.kill", '{"op":"market.kill"}', "accepted"),
        ("market.kill", '{"op":"market.kill","symbol":"ACME"}', "accepted"),
        ("market.kill", '{"op":"market.kill","account":"bob"}', "accepted"),
        ("market.release", '{"op":"market.release"}', "accepted"),
        ("market.release", '{"op":"market.release","symbol":"ACME"}', "rejected"),
    ]
    with closing_engine(writer), writer.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0003")
        for seq, (op, told, result) in enumerate(commands, 1):
            row = {"seq": seq, "op": op, "command": told, "result": result}
            values = ":seq, 0, :op, '', :result, '', :command"
            connection.execute(text(f"insert into audit values ({values})"), row)
    with closing(open_database(address)) as database, database.reader.connect() as connection:
        rows = connection.execute(select(schema.kill_switches)).all()
        assert sorted(map(tuple, rows)) == [("", 0, 4), ("ACME", 1, 2)]


@contextmanager
def closing_engine(engine: Engine) -> Iterator[None]:
    yield
    engine.dispose()


def test_two_brokers_may_make_the_tables_at_once(address: str) -> None:
    """One makes them, the other waits for that and finds them."""
    with ThreadPoolExecutor(4) as threads:
        opened = list(threads.map(lambda _: open_database(address), range(4)))
    for database in opened:
        with closing(database), database.reader.connect() as connection:
            assert read_position(connection) == BEGINNING


def test_keys_sort_by_their_bytes(keeper: Keeper) -> None:
    """Also in a PostgreSQL whose texts sort as people do: pages of a list depend on it."""
    venue = Recorded()
    for account in ("b", "B", "a-b", "ab", "A"):
        venue.send("account.open", {"account": account})
    assert keeper.book(venue.entries)
    names = [row["account"] for row in keeper.ask("accounts", limit=1000)["accounts"]]
    assert names == sorted(names) and "B" in names


def test_sqlite_is_set_up_to_be_read_while_it_is_written(tmp_path: Path) -> None:
    """WAL: a transaction under way neither stops the readers nor is seen by them."""
    with (
        closing(open_database(f"sqlite:///{tmp_path}/books.db")) as database,
        database.writer.begin() as writing,
        database.reader.connect() as reading,
    ):
        writing.execute(text("update position set entry = 7"))
        assert read_position(reading).entry == 0
        assert reading.execute(text("pragma journal_mode")).scalar() == "wal"
        assert reading.execute(text("pragma synchronous")).scalar() == 1


def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    """A file where the folder should be: one line, with the option that helps."""
    (tmp_path / "a").write_text("")
    with pytest.raises(Refused, match="--database-url"):
        open_database(f"sqlite:///{tmp_path}/a/books.db")


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    """What is there is left alone, and told."""
    (tmp_path / "books.db").write_text("my diary, not a database" * 100)
    with pytest.raises(Refused, match="not a database"):
        open_database(f"sqlite:///{tmp_path}/books.db")


def test_books_that_may_not_be_written_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not at the first trade, but at the start; a URI is no folder to be made."""
    monkeypatch.chdir(tmp_path)
    address = f"sqlite:///{tmp_path}/books.db"
    open_database(address).close()
    read_only = f"sqlite:///file:{tmp_path}/books.db?mode=ro&uri=true"
    with pytest.raises(Refused, match="attempt to write a readonly database"):
        open_database(read_only)
    assert not [path for path in tmp_path.iterdir() if path.is_dir()]


def test_books_of_a_newer_version_are_refused(tmp_path: Path) -> None:
    """Tables that a later release has changed are not touched."""
    address = f"sqlite:///{tmp_path}/books.db"
    with closing(open_database(address)) as database, database.writer.begin() as connection:
        connection.execute(text("update alembic_version set version_num = '9999'"))
    with pytest.raises(Refused, match="newer version"):
        open_database(address)


@pytest.mark.parametrize("address", ["sqlite://", "sqlite:///:memory:", "books", "nosuch://x/y"])
def test_an_address_that_is_no_place_for_books_is_refused(address: str) -> None:
    """Each is refused with the option to change."""
    with pytest.raises(Refused, match="--database-url"):
        open_database(address)


def test_a_password_is_not_told() -> None:
    """The line for the user holds no secret."""
    with pytest.raises(Refused) as refused:
        open_database("nosuch://user:secret@host/books")
    assert "secret" not in str(refused.value)


def test_a_lock_is_told_from_other_trouble(tmp_path: Path) -> None:
    """A write lock that another program holds is worth waiting for; a missing table is not."""
    address = f"sqlite:///{tmp_path}/books.db"
    with closing(open_database(address)) as one, closing(open_database(address)) as two:
        with one.writer.begin(), two.writer.connect() as connection:
            connection.connection.driver_connection.execute("pragma busy_timeout = 0")  # type: ignore[union-attr]
            with pytest.raises(OperationalError) as locked:
                connection.execute(text("select 1"))
        with two.reader.connect() as connection, pytest.raises(OperationalError) as missing:
            connection.execute(text("select * from nothing"))
    assert is_locked(locked.value)
    assert not is_locked(missing.value)
