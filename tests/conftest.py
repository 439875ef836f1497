"""What every test stands on: no test has a deadline, and those of tests/e2e carry their marker."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import structlog
from hypothesis import settings

from tests.running_nats import RunningNats, running_nats

E2E = Path(__file__).parent / "e2e"

# A busy machine is not a bug. Everything else stays as Hypothesis chose: with CI set, its own `ci`
# profile is the parent, so that a run there can be repeated exactly.
settings.register_profile("openoutcry", parent=settings(), deadline=None)
settings.load_profile("openoutcry")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(E2E):
            item.add_marker(pytest.mark.e2e)
            # One at a time, beside the others: each has processes enough of its own.
            item.add_marker(pytest.mark.xdist_group("e2e"))


@pytest.fixture
async def nats(tmp_path: Path) -> AsyncIterator[RunningNats]:
    async with running_nats(tmp_path) as running:
        yield running


@pytest.fixture(autouse=True)
def default_log_lines() -> Iterator[None]:
    """A service that a test runs in this process sets up its log lines, and leaves them so."""
    yield
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()
