"""Money and shares as a person reads them."""

from decimal import Decimal

_CENT = Decimal("0.01")


def cash_text(amount: str) -> str:
    """ "998,105.00"; to the cent, but never nothing of something: "0.0000125"."""
    exact = Decimal(amount)
    shown = exact.quantize(_CENT) if abs(exact) < Decimal(10) ** 24 else exact
    return f"{exact.normalize():f}" if exact and not shown else f"{shown:,f}"


def share_text(share: str) -> str:
    """ "0.1 %" of "0.001"."""
    return f"{(Decimal(share) * 100).normalize():f} %"
