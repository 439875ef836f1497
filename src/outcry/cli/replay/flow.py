"""Lines of a market file as commands to the venue.

What is open of an order is known from the file alone, by its own fills, so commands can be sent
long before the executions of earlier ones are back.
"""

from typing import Any

from outcry.cli.failed import ExitCode, Failed
from outcry.cli.replay.market_file import Cancel, New, Reduce, Replace, Side, Step, Take, price_text

ACCOUNT = "replay"

Command = dict[str, Any]
"""One element of an array for order.created."""

_SIDES: dict[Side, str] = {"B": "buy", "S": "sell"}


class Flow:
    """The commands of one run on `symbol`."""

    def __init__(self, symbol: str) -> None:
        self._symbol = symbol
        self._orders: dict[int, list[int]] = {}  # id: [total quantity, filled]

    def name(self, order: int) -> str:
        """The client order id of an order of the file."""
        return f"{self._symbol}:{order}"

    def command(self, step: Step) -> Command | None:
        """What a line sends; a `top` sends nothing. Raises Failed: the file contradicts itself."""
        match step.line:
            case New() as new:
                self._orders[new.id] = [new.qty, 0]
                return self._placed(new.side, new.price, new.qty, client_order_id=self.name(new.id))
            case Take() as take:
                for maker, quantity, _ in take.fills:
                    self._find(step, maker)[1] += quantity
                return self._placed(take.side, take.price, take.qty, time_in_force="ioc")
            case Reduce() as reduced:
                order = self._find(step, reduced.id)
                order[0] -= reduced.by
                if order[0] <= order[1]:
                    return self._named("cancel", reduced.id)
                return self._named("replace", reduced.id, quantity=str(order[0]))
            case Replace() as changed:
                order = self._find(step, changed.id)
                order[0] = order[1] + changed.qty
                return self._named(
                    "replace",
                    changed.id,
                    quantity=str(order[0]),
                    price=price_text(changed.price),
                )
            case Cancel() as cancelled:
                return self._named("cancel", cancelled.id)
        return None

    def _find(self, step: Step, order: int) -> list[int]:
        try:
            return self._orders[order]
        except KeyError:
            raise Failed(
                f"line {step.number} names the order {order}, which no earlier line has placed",
                ExitCode.USAGE,
            ) from None

    def _placed(self, side: Side, price: int, quantity: int, **more: str) -> Command:
        return {
            "account": ACCOUNT,
            "symbol": self._symbol,
            "side": _SIDES[side],
            "quantity": str(quantity),
            "price": price_text(price),
            **more,
        }

    def _named(self, op: str, order: int, **more: str) -> Command:
        return {"op": op, "account": ACCOUNT, "client_order_id": self.name(order), **more}
