"""Client order ids of the twin, which transfers share, and what is told of one that is used."""

from dataclasses import dataclass

from sim.bounds import Bounds
from sim.exact import Fields
from sim.order import Order, told
from sim.rulebook import Refused, Rulebook


@dataclass
class Used:
    """A client order id that was accepted."""

    account: str
    client_order_id: str
    content: Fields
    seq: int
    order: Order | None = None
    """None: it is a transfer's, or a cancel gave it up."""
    blocked: bool = False
    of: str = "order"
    """Ids of orders and of transfers do not meet, but are remembered together."""


class ClientIds(Rulebook):
    def __init__(self, bounds: Bounds) -> None:
        super().__init__(bounds)
        self.used: list[Used] = []

    def find(self, account: str, name: str, of: str = "order") -> Used | None:
        assert self.venue is not None
        newest = self.used[-self.venue["client_id_horizon"] :]
        wanted = account, name, of
        means = [u for u in newest if (u.account, u.client_order_id, u.of) == wanted]
        return means[-1] if means else None

    def use(self, account: str, name: str, content: Fields, order: Order) -> None:
        if name:
            self.used.append(Used(account, name, content, self.seq, order))

    def repeated(
        self, account: str, new_id: str, content: Fields, field: str, of: str = "order"
    ) -> Fields | None:
        """The answer to a client order id that was used, by this command or another."""
        used = self.find(account, new_id, of) if new_id else None
        if used is None:
            return None
        if used.blocked:
            raise Refused("client_order_id_blocked", field)
        if used.content != content:
            raise Refused("client_order_id_reused", field)
        repeat: Fields = {"result": "duplicate", "first_seq": used.seq}
        if used.order is not None:
            repeat["order"] = told(used.order) | {"client_order_id": new_id}
        return repeat
