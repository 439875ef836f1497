"""The account of all replays, which trades with itself."""

from collections.abc import Iterator
from typing import Any

from outcry.cli.replay.flow import ACCOUNT

CASH = "9000000000"
"""More than all the orders of a day come to."""


def account_entries() -> Iterator[tuple[str, dict[str, Any]]]:
    """Subjects and fields of the entries that open it; they change nothing where it is open."""
    yield (
        "account.open",
        {
            "account": ACCOUNT,
            "type": "margin",
            "shorting": True,
            "self_trade_prevention": "none",
        },
    )
    yield "account.deposit", {"account": ACCOUNT, "amount": CASH, "transfer_id": "replay-cash"}
