"""Orders from the command line."""

import pytest

from outcry.cli.failed import ExitCode, Failed
from outcry.cli.order_entry import _named

ORDER_ID = "00000000-000f-8000-800d-66c173684a94"


def test_an_order_is_named_by_its_id_or_by_the_name_it_was_given() -> None:
    """What does not look like an id of a venue is a client order id."""
    assert _named(ORDER_ID, "") == {"order_id": ORDER_ID}
    assert _named("my-order-1", "") == {"client_order_id": "my-order-1"}
    assert _named("", ORDER_ID) == {"client_order_id": ORDER_ID}


@pytest.mark.parametrize(("order", "client_order_id"), [("", ""), (ORDER_ID, "my-order-1")])
def test_an_order_has_one_name(order: str, client_order_id: str) -> None:
    """No name, or two of them, name no order."""
    with pytest.raises(Failed) as failed:
        _named(order, client_order_id)
    assert failed.value.code is ExitCode.USAGE
