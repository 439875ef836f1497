"""The market as a whole: limits for everybody, kill switches, and the time of a lockstep venue."""

from outcry.cli.failed import ExitCode, Failed
from outcry.cli.operate.admin import Admin, enter

_NS = 1_000_000_000


def set_market(
    *,
    max_open_orders: int | None = None,
    max_order_rate: int | None = None,
    max_exposure: str = "",
    max_notional: str = "",
    max_position: str = "",
    admin: Admin | None = None,
) -> int:
    """Set the limits of every account without its own; what is left out stays, 0 takes it away.

    Parameters
    ----------
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
    """
    return enter(
        admin,
        "market.set",
        max_open_orders=max_open_orders,
        max_order_rate=max_order_rate,
        max_exposure=max_exposure,
        max_notional=max_notional,
        max_position=max_position,
    )


def kill(
    *, account: str | None = None, symbol: str | None = None, admin: Admin | None = None
) -> int:
    """Let only cancels through, from now on: everywhere, of an account, or in an instrument.

    Parameters
    ----------
    account
        Only of this account.
    symbol
        Only in this instrument.
    """
    return _switch("market.kill", account, symbol, admin or Admin())


def release(
    *, account: str | None = None, symbol: str | None = None, admin: Admin | None = None
) -> int:
    """Take `outcry market kill` back, said with the same options.

    Parameters
    ----------
    account
        The switch of this account.
    symbol
        The switch of this instrument.
    """
    at = admin or Admin()
    _check(account, symbol)
    was_on = _is_on(at, account or "", (symbol or "").upper())
    code = _switch("market.release", account, symbol, at)
    if code is ExitCode.OK and was_on is False and not at.json:
        print("it was not on: nothing has changed")
    return code


def _switch(op: str, account: str | None, symbol: str | None, admin: Admin) -> int:
    _check(account, symbol)
    return enter(admin, op, account=account, symbol=symbol and symbol.upper())


def _check(account: str | None, symbol: str | None) -> None:
    """Raises Failed: it is not clear which switch is meant."""
    if account == "" or symbol == "":  # as of a variable of the shell that is not set
        text = "--account and --symbol need a name; leave both out where you mean the whole market"
        raise Failed(text, ExitCode.USAGE)
    if account and symbol:
        raise Failed("name an account or an instrument, not both", ExitCode.USAGE)


def _is_on(at: Admin, account: str, symbol: str) -> bool | None:
    """Whether a switch is on, as the books tell; None: they do not."""
    if account:
        told = at.ask("account", f"/accounts/{account}", account=account)
        return bool(told["account"].get("killed")) if told else None
    told = at.ask("instruments", "/instruments")
    if not told:
        return None
    listed = {one["symbol"]: one for one in told["instruments"]}
    return bool((listed.get(symbol, {}) if symbol else told).get("killed"))


def advance(seconds: float, /, *, admin: Admin | None = None) -> int:
    """Move the time of a lockstep exchange.

    Parameters
    ----------
    seconds
        By how much.
    """
    return enter(admin, "clock.advance", by=str(round(seconds * _NS)))
