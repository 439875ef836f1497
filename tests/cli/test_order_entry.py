"""Orders from the command line."""

import pytest

from outcry.cli.__main__ import main
from outcry.cli.failed import ExitCode, Failed
from outcry.cli.order_entry import named_order

ORDER_ID = "00000000-000f-8000-800d-66c173684a94"


def test_an_order_is_named_by_its_id_or_by_the_name_it_was_given() -> None:
    """What does not look like an id of a venue is a client order id."""
    assert named_order(ORDER_ID, "") == {"order_id": ORDER_ID}
    assert named_order("my-order-1", "") == {"client_order_id": "my-order-1"}
    assert named_order("", ORDER_ID) == {"client_order_id": ORDER_ID}


@pytest.mark.parametrize(("order", "client_order_id"), [("", ""), (ORDER_ID, "my-order-1")])
def test_an_order_has_one_name(order: str, client_order_id: str) -> None:
    """No name, or two of them, name no order."""
    with pytest.raises(Failed) as failed:
        named_order(order, client_order_id)
    assert failed.value.code is ExitCode.USAGE


@pytest.mark.parametrize(
    "options",
    [
        ("a1", "--all"),
        ("--all", "--after", "5"),
        ("a1", "--after", "5"),
        ("a1", "--symbol", "AAPL"),
        ("--after", "-1"),
        ("--after", "nan"),
        ("--after", "86401"),
        (),
    ],
)
def test_a_cancel_means_one_thing(
    options: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    """One order, all orders, or all of them later."""
    assert main(["cancel", *options]) == ExitCode.USAGE
    assert capsys.readouterr().err.startswith("outcry: ")
