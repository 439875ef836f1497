"""A venue for each test that asks for one; the ends of its logs go with a failure."""

from collections.abc import AsyncIterator, Generator
from pathlib import Path

import pytest

from tests.e2e.venue import Venue, running_venue


@pytest.fixture
async def venue(tmp_path: Path) -> AsyncIterator[Venue]:
    async with running_venue(tmp_path) as running:
        yield running


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.failed and isinstance(item, pytest.Function):
        for value in item.funcargs.values():
            if isinstance(value, Venue):
                report.sections += value.logs()
    return report
