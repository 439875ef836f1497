"""Instruments: listed, set, halted and opened."""

from typing import Annotated

from cyclopts import Parameter

from outcry.cli.operate.admin import Admin, enter

Symbol = Annotated[str, Parameter(help="Of which instrument, as in AAPL.")]


def list_instrument(
    symbol: str,
    /,
    *,
    tick: str,
    lot: str = "",
    name: str = "",
    min_quantity: str = "",
    max_quantity: str = "",
    max_price: str = "",
    price_band: str = "",
    maker_fee: str = "",
    taker_fee: str = "",
    max_notional: str = "",
    max_position: str = "",
    admin: Admin | None = None,
) -> int:
    """List an instrument: `outcry instrument list ACME --tick 0.01`.

    Parameters
    ----------
    symbol
        Its symbol: capital letters, digits and . / _ -
    tick
        Step of prices.
    lot
        Step of quantities; 1 when left out.
    name
        Its name for people.
    min_quantity
        The smallest order; one lot when left out.
    max_quantity
        The largest order.
    max_price
        The highest price.
    price_band
        Share by which a price may differ from that of the last trade, as in 0.05.
    maker_fee
        Share of the value that a resting order pays, as in 0.001.
    taker_fee
        The same of an order that trades when it comes in.
    max_notional
        Price times quantity of one order, of an account without a limit of its own.
    max_position
        The largest position, long or short, of an account without a limit of its own.
    """
    return enter(
        admin,
        "instrument.list",
        symbol=symbol.upper(),
        tick=tick,
        lot=lot,
        name=name,
        min_quantity=min_quantity,
        max_quantity=max_quantity,
        max_price=max_price,
        price_band=price_band,
        maker_fee=maker_fee,
        taker_fee=taker_fee,
        max_notional=max_notional,
        max_position=max_position,
    )


def set_instrument(
    symbol: Symbol,
    /,
    *,
    reference_price: str = "",
    price_band: str = "",
    maker_fee: str = "",
    taker_fee: str = "",
    max_notional: str = "",
    max_position: str = "",
    admin: Admin | None = None,
) -> int:
    """Set band, fees and limits of an instrument; what is left out stays, 0 takes it away.

    Parameters
    ----------
    reference_price
        The price from which the band counts, until the next trade.
    price_band
        Share by which a price may differ from it, as in 0.05.
    maker_fee
        Share of the value that a resting order pays, as in 0.001.
    taker_fee
        The same of an order that trades when it comes in.
    max_notional
        Price times quantity of one order, of an account without a limit of its own.
    max_position
        The largest position, long or short, of an account without a limit of its own.
    """
    return enter(
        admin,
        "instrument.set",
        symbol=symbol.upper(),
        reference_price=reference_price,
        price_band=price_band,
        maker_fee=maker_fee,
        taker_fee=taker_fee,
        max_notional=max_notional,
        max_position=max_position,
    )


def halt(symbol: Symbol, /, *, admin: Admin | None = None) -> int:
    """Halt an instrument: trading stops, cancels still go through."""
    return enter(admin, "instrument.state", symbol=symbol.upper(), state="halted")


def cancel_only(symbol: Symbol, /, *, admin: Admin | None = None) -> int:
    """Let an instrument's orders only be cancelled."""
    return enter(admin, "instrument.state", symbol=symbol.upper(), state="cancel_only")


def reopen(symbol: Symbol, /, *, admin: Admin | None = None) -> int:
    """Open an instrument again."""
    return enter(admin, "instrument.state", symbol=symbol.upper(), state="open")
