"""What an account has, and how it is set, each in a line."""

from collections.abc import Mapping
from typing import Any

from rich.text import Text

from outcry.cli.money import cash_text, share_text

_LIMITS = ("max_open_orders", "max_order_rate", "max_exposure", "max_notional", "max_position")
_FEES = ("maker_fee", "taker_fee")


def balance_line(balance: Mapping[str, Any]) -> Text:
    """ "demo  cash 998,105.00  held 1,895.00  AAPL 10 (4 to be closed)"."""
    line = Text.assemble((balance["account"], "magenta"), f"  cash {cash_text(balance['cash'])}")
    if held := balance.get("held"):
        line.append(f"  held {cash_text(held)}", style="dim")
    if symbol := balance.get("symbol"):
        line.append(f"  {symbol} {balance.get('position', '0')}")
        if closing := balance.get("position_held"):
            line.append(f" ({closing} held)", style="dim")
    return line


def settings_line(settings: Mapping[str, Any]) -> Text:
    """ "demo  margin x2, shorting, active, access open, max_notional 100000"."""
    words = [_standing_of(settings), settings["state"], f"access {settings['access']}"]
    if settings.get("killed"):
        words.append("kill switch on")
    words.append(f"self-trade prevention {settings['self_trade_prevention']}")
    words += _terms(settings)
    line = Text.assemble((settings["account"], "magenta"), f"  {', '.join(words)}")
    for terms in settings.get("terms", ()):
        line.append(f"; in {terms['symbol']}: {', '.join(_terms(terms)) or 'nothing of its own'}")
    return line


def _standing_of(settings: Mapping[str, Any]) -> str:
    if settings["type"] == "cash":
        return "cash"
    return f"margin x{settings['multiplier']}{', shorting' if settings.get('shorting') else ''}"


def _terms(terms: Mapping[str, Any]) -> list[str]:
    limits = [f"{name} {terms[name]}" for name in _LIMITS if terms.get(name)]
    return limits + [f"{name} {share_text(terms[name])}" for name in _FEES if name in terms]
