"""Every transaction adds up to zero, in cash and in every instrument."""

import pytest

from outcry.broker.damaged import BooksDamaged
from outcry.broker.postings import EXTERNAL, Posting, check_balanced
from outcry.wire.requests import ACCOUNT


def posting(trade: int, symbol: str, quantity: int, cash: int, account: str = "a") -> Posting:
    return Posting(
        seq=1,
        number=0,
        account=account,
        kind="trade",
        symbol=symbol,
        quantity=quantity,
        price=1,
        cash=cash,
        fee=0,
        balance=0,
        ts=0,
        order_id=0,
        trade=trade,
        transfer_id="",
    )


def test_what_adds_up_is_taken() -> None:
    """Each trade of an execution by itself."""
    check_balanced([])
    check_balanced(
        [
            posting(0, "X", 1, -5),
            posting(0, "X", -1, 4),
            posting(0, "X", 0, 1),
            posting(1, "X", 2, -5),
            posting(1, "X", -2, 5),
        ]
    )


@pytest.mark.parametrize(
    "crooked",
    [
        [posting(0, "X", 1, -5)],
        [posting(0, "X", 1, -5), posting(0, "X", -1, 4)],
        [posting(0, "X", 1, 0), posting(0, "Y", -1, 0)],
        [posting(0, "X", 1, -5), posting(1, "X", -1, 5)],
        [posting(0, "X", 1, -5), posting(0, "X", -2, 5), posting(1, "X", 0, 0)],
    ],
)
def test_what_does_not_add_up_is_refused(crooked: list[Posting]) -> None:
    """Nothing, another instrument or another trade makes up for it."""
    with pytest.raises(BooksDamaged, match="has to add up to zero"):
        check_balanced(crooked)


def test_no_customer_has_a_name_of_the_house() -> None:
    """The names of its accounts are none that an account may be opened with."""
    import re

    assert not re.fullmatch(ACCOUNT, EXTERNAL)
