"""Looking at accounts: what they have, what changed it, and who administered what."""

from typing import Any

from rich.console import Console

from outcry.cli.account_lines import settings_line
from outcry.cli.gateway_client import Gateway
from outcry.cli.reads import POSITIONS, Limit, cash, switch
from outcry.cli.tables import (
    SIDES,
    STATUSES,
    Column,
    Record,
    coloured,
    fitting,
    identity,
    make_table,
    moment,
    number,
    open_console,
    plain,
    print_json,
    show,
)


def _words(record: Record) -> str:
    """The fields of the command, as they were given."""
    command = record.get("command") or {}
    hidden = ("op", "key", "hash")
    return " ".join(
        f"{name}={','.join(value) if isinstance(value, list) else value}"
        for name, value in command.items()
        if name not in hidden
    )


ACCOUNTS = (
    plain("account"),
    plain("type"),
    coloured("state", STATUSES),
    switch("kill switch").yielding(2),
    cash("cash"),
    cash("held"),
    plain("access").yielding(1),
)
SUMS = (
    cash("cash"),
    cash("held").yielding(2),
    cash("market_value").yielding(3),
    cash("equity"),
    cash("realised_profit"),
    cash("unrealised_profit"),
    cash("fees").yielding(1),
)
ACTIVITIES = (
    moment("ts"),
    number("seq").yielding(1),
    plain("account"),
    plain("kind", "what"),
    coloured("side", SIDES),
    plain("symbol"),
    number("quantity"),
    number("price"),
    cash("amount"),
    cash("fee"),
    cash("cash"),
    identity("transfer_id", "transfer").yielding(2),
)
AUDIT = (
    moment("ts"),
    number("seq"),
    plain("op", "command"),
    coloured("result", {"accepted": "green", "rejected": "red"}),
    identity("key", "by key", 16),
    plain("reason").yielding(1),
    Column("", _words),
)


def accounts(*, limit: Limit = 100, after: str = "", gateway: Gateway | None = None) -> None:
    """The accounts that your key is for, with their cash; all of them, by an admin key.

    Parameters
    ----------
    limit
        How many.
    after
        The page after the one that ended here.
    """
    at = gateway or Gateway()
    answer = at.get("/accounts", limit=limit, after=after)
    show(
        answer,
        "accounts",
        ACCOUNTS,
        as_json=at.json,
        nothing="no such accounts; `outcry account open` opens one",
        more="--after",
    )


def show_account(account: str, /, *, gateway: Gateway | None = None) -> None:
    """What an account has: cash, positions with their profit; and how it is set.

    Parameters
    ----------
    account
        The account.
    """
    at = gateway or Gateway()
    answer = at.get(f"/accounts/{account}")
    if at.json:
        print_json(answer)
    else:
        _show(open_console(), answer)


def _show(console: Console, answer: Any) -> None:
    account = answer["account"]
    console.print(settings_line(account))
    console.print(make_table(fitting(SUMS, [account], console.width), [account]))
    positions = account.get("positions", [])
    if positions:
        console.print(make_table(fitting(POSITIONS[1:], positions, console.width), positions))


def activities(
    *,
    account: str = "",
    symbol: str = "",
    limit: Limit = 50,
    before: str = "",
    gateway: Gateway | None = None,
) -> None:
    """What changed accounts: trades, fees, transfers; the newest first.

    Parameters
    ----------
    account
        Only of this account.
    symbol
        Only in this instrument.
    limit
        How many.
    before
        The page after the one that ended here.
    """
    at = gateway or Gateway()
    answer = at.get(
        "/activities", account=account, symbol=symbol.upper(), limit=limit, before=before
    )
    show(answer, "activities", ACTIVITIES, as_json=at.json, nothing="nothing has happened")


def audit(*, limit: Limit = 50, before: str = "", gateway: Gateway | None = None) -> None:
    """Admin commands, the newest first, and by which key each came. It takes an admin key.

    Parameters
    ----------
    limit
        How many.
    before
        The page after the one that ended here.
    """
    at = gateway or Gateway()
    answer = at.get("/audit", limit=limit, before=before)
    show(answer, "audit", AUDIT, as_json=at.json, nothing="nothing was administered")
