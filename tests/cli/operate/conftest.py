"""A gateway with an engine behind it, for the commands of the operator."""

from collections.abc import Iterator

import pytest

from tests.cli.admin_gateway import AdminGateway, admin_gateway


@pytest.fixture
def at() -> Iterator[AdminGateway]:
    with admin_gateway() as gateway:
        yield gateway
