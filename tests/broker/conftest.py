"""New books for a test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.broker.keeping import Keeper, keeping


@pytest.fixture
def keeper(tmp_path: Path) -> Iterator[Keeper]:
    with keeping(tmp_path) as keeper:
        yield keeper


@pytest.fixture(scope="module")
def shared_keeper(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Keeper]:
    """One for a whole module, whose tests empty it."""
    with keeping(tmp_path_factory.mktemp("books")) as keeper:
        yield keeper
