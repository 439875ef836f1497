"""What few orders say, as options of `outcry order`."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from cyclopts import Group, Parameter

from outcry.cli.failed import ExitCode, Failed
from outcry.cli.moments import last_moment_ns

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
    oco: Flag = False
    "Let it rest at its --limit and wait for its --stop as well: whichever comes first."
    stop_limit: Annotated[str, Parameter(name=["--stop-limit", "--stop-limit-price"])] = ""
    "With --oco: its limit price once its --stop is reached; without, it is a market order then."
    trail: str = ""
    "Hold it until the market has come back so far from the best price since: a trailing stop."
    trail_percent: str = ""
    "The same in percent of that price."
    trigger: Literal["trade", "quote"] | None = None
    "What tells that the market has: a trade, or the best price of the side it will trade with."
    take_profit: str = ""
    "Once it has filled, end the position with a gain at this price: its exit."
    stop_loss: str = ""
    "Once it has filled, end the position when the market has come to this price: its exit."
    stop_loss_limit: str = ""
    "The limit price of its exit at --stop-loss; without, it is a market order then."
    notional: str = ""
    "For how much money, in place of a quantity: `outcry order buy AAPL --notional 1000`."
    good_until: str = ""
    "Until when it is open, as in 2027-01-31T16:00:00 (UTC); a day alone means its end, UTC."

    def kind(self, limit: str) -> str:
        """The type of an order with this limit price (empty: it has none)."""
        if self.trail or self.trail_percent:
            return "trailing_stop"
        if self.stop and not self.oco:
            return "stop_limit" if limit else "stop"
        return "limit" if limit else "market"

    def order_class(self) -> str:
        """Empty: it brings no exit, and has one way to trade."""
        if self.take_profit or self.stop_loss:
            return "bracket" if self.take_profit and self.stop_loss else "oto"
        return "oco" if self.oco else ""

    def refuse(self, limit: str, tif: str | None) -> None:
        """Raise Failed where options of an order with this limit price and time in force do not go
        together, as far as they alone can tell."""
        for wrong, text in self._mistakes(limit, tif):
            if wrong:
                raise Failed(text, ExitCode.USAGE)

    def _mistakes(self, limit: str, tif: str | None) -> Iterator[tuple[object, str]]:
        trails = self.trail or self.trail_percent
        stop, price = self.stop or "194", self.stop_limit
        yield (
            price and not self.oco,
            f"--stop-limit goes with --oco; a stop-limit order is --stop {stop} --limit {price}",
        )
        yield (
            self.trail.endswith("%"),
            f"--trail is an amount of money: use --trail-percent {self.trail.rstrip(' %')}",
        )
        yield (
            self.trail_percent.endswith("%"),
            f"leave the sign out: --trail-percent {self.trail_percent.rstrip(' %')}",
        )
        yield self.trail and self.trail_percent, "say --trail or --trail-percent, and not both"
        yield trails and self.stop, "--trail moves the stop price by itself: leave --stop out"
        yield trails and limit, "a trailing stop is a market order then: leave --limit out"
        yield self.oco and not (limit and self.stop), "--oco goes with --limit and --stop: say both"
        yield self.trigger and not self.stop, "--trigger goes with --stop"
        yield (
            self.stop_loss_limit and not self.stop_loss,
            "--stop-loss-limit goes with --stop-loss: say both",
        )
        yield (
            tif == "gtd" and not self.good_until,
            "--tif gtd goes with --good-until, as in --good-until 2027-01-31",
        )
        yield (
            self.good_until and tif not in (None, "gtd"),
            f"--good-until goes with --tif gtd: leave --tif {tif} out",
        )

    def fields(self) -> dict[str, Any]:
        """As a command has them; what is not said is empty."""
        until = last_moment_ns(self.good_until, "--good-until") if self.good_until else ""
        return {
            "post_only": self.post_only or None,
            "reduce_only": self.reduce_only or None,
            "min_quantity": self.min_quantity,
            "display_quantity": self.display,
            "stop_price": self.stop,
            "trigger": self.trigger,
            "stop_limit_price": self.stop_limit,
            "trail": self.trail,
            "trail_percent": self.trail_percent,
            "order_class": self.order_class(),
            "take_profit": self.take_profit,
            "stop_loss": self.stop_loss,
            "stop_loss_limit": self.stop_loss_limit,
            "notional": self.notional,
            "good_until": str(until),
        }


PLAIN = Instructions()
