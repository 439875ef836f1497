"""What few orders say, as options of `outcry order`."""

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from cyclopts import Group, Parameter

from outcry.cli.moments import moment_ns

FEW = Group("What few orders say", sort_key=5)
"""The heading of these options in --help."""
Flag = Annotated[bool, Parameter(negative="")]


@Parameter(name="*", group=FEW)
@dataclass(frozen=True, kw_only=True)
class Instructions:
    """What an order may say beside its side, its price and its quantity."""

    post_only: Flag = False
    "Let it rest and nothing else: where it would trade at once it is refused."
    reduce_only: Flag = False
    "Let it make a position smaller and nothing else: where it would open one it is refused."
    min_quantity: str = ""
    "How much has to trade at once; where less could, nothing does. With --tif ioc."
    display: Annotated[str, Parameter(name=["--display", "--display-quantity"])] = ""
    "How much of it the book shows at a time."
    stop: Annotated[str, Parameter(name=["--stop", "--stop-price"])] = ""
    "Hold it until the market has come to this price; without --limit it is a market order then."
    trigger: Literal["trade", "quote"] | None = None
    "What tells that the market has: a trade, or the best price of the side it will trade with."
    good_until: str = ""
    "Until when it is open, as in 2026-01-31T16:00:00 (UTC); with --tif gtd, which may be left out."

    def kind(self, limit: str) -> str:
        """The type of an order with this limit price (empty: it has none)."""
        if self.stop:
            return "stop_limit" if limit else "stop"
        return "limit" if limit else "market"

    def fields(self) -> dict[str, Any]:
        """As a command has them; what is not said is empty."""
        until = moment_ns(self.good_until, "--good-until") if self.good_until else ""
        return {
            "post_only": self.post_only or None,
            "reduce_only": self.reduce_only or None,
            "min_quantity": self.min_quantity,
            "display_quantity": self.display,
            "stop_price": self.stop,
            "trigger": self.trigger,
            "good_until": str(until),
        }


PLAIN = Instructions()
