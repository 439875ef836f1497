"""Who writes into ORDERS beside the gateways: guests, and the operator, who has no key either.

Now and then the same comes twice.
"""

import json
from collections.abc import Iterator

from sim.dice import Dice
from sim.exact import Fields
from sim.flow import GUESTS, Flow

OPERATIONS: tuple[tuple[str, Fields], ...] = (
    ("instrument.state", {"symbol": "ACME", "state": "halted"}),
    ("instrument.state", {"symbol": "ACME", "state": "open"}),
    ("instrument.state", {"symbol": "ZINC", "state": "cancel_only"}),
    ("instrument.state", {"symbol": "ZINC", "state": "open"}),
    ("instrument.state", {"symbol": "NONE", "state": "open"}),
    ("instrument.list", {"symbol": "ACME", "tick": "1"}),
    ("account.set", {"account": "alice", "self_trade_prevention": "none"}),
    ("account.set", {"account": "bob", "self_trade_prevention": "cancel_oldest"}),
    ("account.set", {"account": "demo", "self_trade_prevention": "cancel_newest"}),
    ("clock.advance", {"by": "5"}),
    ("account.deposit", {"account": "carol", "amount": "700", "transfer_id": "from the bank"}),
    ("account.deposit", {"account": "dave", "amount": "7000"}),
    ("account.withdraw", {"account": "erin", "amount": "999999999"}),
    ("account.set", {"account": "bob", "maker_fee": "0.001"}),
    ("market.release", {}),
    ("venue.open", {"log": "00000000000ff", "engine": "4", "schema": 1}),
)


class Forger:
    def __init__(self, dice: Dice) -> None:
        self._dice = dice
        self._flows = [Flow("demo", dice.apart(guest), guest) for guest in GUESTS]

    def entries(self) -> Iterator[tuple[str, bytes]]:
        """Some subjects and bodies."""
        dice = self._dice
        for _ in range(1 + dice.below(4)):
            if dice.chance(0.4):
                subject, body = dice.one_of(OPERATIONS)
                yield subject, json.dumps(body).encode()
                continue
            commands = dice.one_of(self._flows).batch(4)
            for _ in range(1 + dice.below(2)):
                yield "order.guest", json.dumps(commands).encode()
