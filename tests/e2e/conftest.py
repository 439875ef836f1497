"""A venue for each module of tests, mended after each test; its logs go with a failure."""

from collections.abc import AsyncIterator, Generator

import pytest
import pytest_asyncio

from chaos.venue import Venue, running_venue


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def open_venue(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Venue]:
    async with running_venue(tmp_path_factory.mktemp("venue")) as venue:
        yield venue


@pytest_asyncio.fixture(loop_scope="module")
async def venue(open_venue: Venue) -> AsyncIterator[Venue]:
    """A venue of which everything runs and is ready."""
    await open_venue.mend()
    yield open_venue
    await open_venue.end_others()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def nats_alone(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Venue]:
    """A venue of which only NATS runs."""
    async with running_venue(tmp_path_factory.mktemp("bare"), started=False) as venue:
        await venue.start_nats()
        yield venue


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.failed and isinstance(item, pytest.Function):
        venues = [value for value in item.funcargs.values() if isinstance(value, Venue)]
        report.sections += [log for venue in venues for log in venue.logs()]
    return report
