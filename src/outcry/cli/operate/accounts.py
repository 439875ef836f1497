"""Accounts: opened, set, funded, restricted, closed."""

import secrets
from typing import Annotated, Literal

from cyclopts import Parameter

from outcry.cli.failed import Failed
from outcry.cli.operate.admin import Admin, enter

Name = Annotated[str, Parameter(help="The account.")]
Prevention = Literal["none", "cancel_newest", "cancel_oldest"]
Access = Literal["keys", "open"]


def open_account(
    account: Name,
    /,
    *,
    type: Literal["cash", "margin"] | None = None,  # noqa: A002 - the option is --type
    multiplier: int | None = None,
    shorting: bool = False,
    access: Access | None = None,
    self_trade_prevention: Prevention | None = None,
    admin: Admin | None = None,
) -> int:
    """Open an account: `outcry account open ann --type margin --shorting`.

    Parameters
    ----------
    type
        cash buys with what it has; margin may borrow. cash when left out.
    multiplier
        Of a margin account: how often it may use what it has; 2 when left out.
    shorting
        Of a margin account: it may sell what it does not have.
    access
        keys: who has a key to it acts for it; open: anybody who reaches NATS, too.
    self_trade_prevention
        When it would trade with itself: none, it does; cancel_newest, the order that comes in
        goes (when left out); cancel_oldest, the one that rests.
    """
    return enter(
        admin,
        "account.open",
        account=account,
        type=type,
        multiplier=multiplier,
        shorting=shorting or None,
        access=access,
        self_trade_prevention=self_trade_prevention,
    )


def set_account(
    account: Name,
    /,
    *,
    symbol: str = "",
    self_trade_prevention: Prevention | None = None,
    access: Access | None = None,
    multiplier: int | None = None,
    shorting: bool | None = None,
    max_open_orders: int | None = None,
    max_order_rate: int | None = None,
    max_exposure: str = "",
    max_notional: str = "",
    max_position: str = "",
    maker_fee: str = "",
    taker_fee: str = "",
    admin: Admin | None = None,
) -> int:
    """Set limits, fees and what an account may do; what is left out stays, a limit of 0 goes, and
    so does a fee that is `inherit`.

    Parameters
    ----------
    symbol
        Set max-notional, max-position and fees of the account in this instrument only.
    self_trade_prevention
        When it would trade with itself: none, it does; cancel_newest, the order that comes in
        goes; cancel_oldest, the one that rests.
    access
        keys: who has a key to it acts for it; open: anybody who reaches NATS, too.
    multiplier
        Of a margin account: how often it may use what it has.
    shorting
        Of a margin account: it may sell what it does not have.
    max_open_orders
        Orders that may rest.
    max_order_rate
        Orders and replaces a second.
    max_exposure
        All positions and what open orders hold, in money.
    max_notional
        Price times quantity of one order.
    max_position
        The largest position in an instrument, long or short.
    maker_fee
        Share of the value that a resting order pays, as in 0.001; inherit: none of its own.
    taker_fee
        The same of an order that trades when it comes in.
    """
    return enter(
        admin,
        "account.set",
        account=account,
        symbol=symbol.upper(),
        self_trade_prevention=self_trade_prevention,
        access=access,
        multiplier=multiplier,
        shorting=shorting,
        max_open_orders=max_open_orders,
        max_order_rate=max_order_rate,
        max_exposure=max_exposure,
        max_notional=max_notional,
        max_position=max_position,
        maker_fee=maker_fee,
        taker_fee=taker_fee,
    )


def deposit(
    account: Name,
    amount: str,
    /,
    *,
    symbol: str = "",
    price: str = "",
    transfer_id: str = "",
    admin: Admin | None = None,
) -> int:
    """Put cash into an account, or shares: `outcry account deposit ann 10000`.

    Parameters
    ----------
    amount
        How much; with --symbol, how many.
    symbol
        Of which instrument, where it is shares.
    price
        What each of them has cost, for the books; the reference price when left out. Where there is
        none either, the books do not know the cost.
    transfer_id
        A name of your own for it: a repeat with the same name changes nothing.
    """
    return _transfer("account.deposit", account, amount, symbol, transfer_id, admin, price=price)


def withdraw(
    account: Name,
    amount: str,
    /,
    *,
    symbol: str = "",
    transfer_id: str = "",
    admin: Admin | None = None,
) -> int:
    """Take cash out of an account, or shares: `outcry account withdraw ann 10000`.

    Parameters
    ----------
    amount
        How much; with --symbol, how many.
    symbol
        Of which instrument, where it is shares.
    transfer_id
        A name of your own for it: a repeat with the same name changes nothing.
    """
    return _transfer("account.withdraw", account, amount, symbol, transfer_id, admin)


def _transfer(
    op: str,
    account: str,
    amount: str,
    symbol: str,
    transfer_id: str,
    admin: Admin | None,
    price: str = "",
) -> int:
    """Under a name of its own, so that it can be said again after a lost answer."""
    named = transfer_id or secrets.token_hex(8)
    what = {"symbol": symbol.upper(), "quantity": amount} if symbol else {"amount": amount}
    try:
        return enter(admin, op, account=account, **what, price=price, transfer_id=named)
    except Failed as failed:
        again = f"{failed}; say it again with --transfer-id {named}: it is done once at most"
        raise Failed(again, failed.code) from failed


def restrict(account: Name, /, *, admin: Admin | None = None) -> int:
    """Let an account only cancel, deposit and withdraw."""
    return enter(admin, "account.state", account=account, state="restricted")


def activate(account: Name, /, *, admin: Admin | None = None) -> int:
    """Let a restricted account trade again."""
    return enter(admin, "account.state", account=account, state="active")


def close(account: Name, /, *, admin: Admin | None = None) -> int:
    """Close an empty account, for ever."""
    return enter(admin, "account.state", account=account, state="closed")
