"""New books for a test, on each database that they may be kept in."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.broker.keeping import Keeper, keeping
from tests.postgres import MISSING, Postgres, postgres, programs

SQLITE, POSTGRESQL = "sqlite", "postgresql"


@pytest.fixture(scope="session")
def server() -> Iterator[Postgres]:
    if programs() is None:
        pytest.skip(MISSING)
    with postgres() as running:
        yield running


@pytest.fixture(params=[SQLITE, POSTGRESQL])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Of new books, in each kind of database."""
    if request.param == SQLITE:
        return f"sqlite:///{tmp_path}/books.db"
    running: Postgres = request.getfixturevalue("server")
    return running.address(running.make())


@pytest.fixture(scope="session")
def lasting_keeper(server: Postgres) -> Iterator[Keeper]:
    """One on PostgreSQL for all tests, which empty it: to make a database takes long."""
    with keeping(server.address(server.make())) as keeper:
        yield keeper


@pytest.fixture(params=[SQLITE, POSTGRESQL])
def keeper(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Keeper]:
    if request.param == POSTGRESQL:
        lasting: Keeper = request.getfixturevalue("lasting_keeper")
        lasting.empty()
        yield lasting
        return
    with keeping(f"sqlite:///{tmp_path}/books.db") as keeper:
        yield keeper


@pytest.fixture(scope="module", params=[SQLITE, POSTGRESQL])
def shared_keeper(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Keeper]:
    """One for a whole module, whose tests empty it."""
    if request.param == POSTGRESQL:
        yield request.getfixturevalue("lasting_keeper")
        return
    with keeping(f"sqlite:///{tmp_path_factory.mktemp('books')}/books.db") as keeper:
        yield keeper
