"""What administrators do while others trade: money, limits, keys, halts and kill switches.

Whatever stops somebody is taken back soon, so that the market goes on.
"""

from collections import deque

from sim.dice import Dice
from sim.exact import Fields
from sim.flow import ACCOUNTS, SYMBOLS
from sim.wallet import ADMIN, Wallet

LATER = ("frank", "grace")
"""Accounts that may be opened meanwhile."""


class Operator:
    """Takes the place of a `Flow`: commands of who has a key for everything."""

    def __init__(self, dice: Dice, wallet: Wallet) -> None:
        self.account = ADMIN
        self._dice = dice
        self._wallet = wallet
        self._transfers = 0
        self._to_take_back: deque[Fields] = deque()
        self._makers = (
            *(self._deposit,) * 5,
            *(self._withdraw,) * 3,
            *(self._set_account,) * 3,
            self._set_instrument,
            self._kill,
            self._halt,
            self._restrict,
            self._open,
            self._exchange_key,
            self._cancel_all,
        )

    def batch(self, most: int) -> list[Fields]:
        return [self.command() for _ in range(1 + self._dice.below(most))]

    def learn(self, execution: Fields) -> None:
        """Who has a new key needs the older ones no more."""
        if (execution["op"], execution["result"]) == ("key.create", "accepted"):
            made = execution["command"]
            older = [key for key in self._wallet.ids(made["accounts"][0]) if key != made["key_id"]]
            self._to_take_back.append({"op": "key.revoke", "key_id": self._dice.one_of(older)})

    def command(self) -> Fields:
        if self._to_take_back and self._dice.chance(0.5):
            return self._to_take_back.popleft()
        return self._dice.one_of(self._makers)()

    def _account(self) -> Fields:
        return {"account": self._dice.one_of(ACCOUNTS)}

    def _symbol(self) -> Fields:
        return {"symbol": self._dice.one_of(SYMBOLS)}

    # Money -------------------------------------------------------------------------------

    def _deposit(self) -> Fields:
        return {"op": "account.deposit"} | self._transfer(("500", "2000.25", "9000"))

    def _withdraw(self) -> Fields:
        return {"op": "account.withdraw"} | self._transfer(("1", "1000", "30000"))

    def _transfer(self, amounts: tuple[str, ...]) -> Fields:
        dice = self._dice
        transfer = self._account()
        if dice.chance(0.8):
            self._transfers += dice.chance(0.9)
            transfer["transfer_id"] = f"t{self._transfers}"
        if dice.chance(0.6):
            return transfer | {"amount": dice.one_of(amounts)}
        return transfer | self._symbol() | {"quantity": dice.one_of(("1", "8", "30", "100"))}

    # Limits and switches -----------------------------------------------------------------

    def _set_account(self) -> Fields:
        dice = self._dice
        terms: Fields = dice.one_of(
            (
                {"max_open_orders": dice.one_of((0, 0, 8, 40))},
                {"max_order_rate": dice.one_of((0, 0, 60))},
                {"max_exposure": dice.one_of(("0", "60000"))},
                {"max_notional": dice.one_of(("0", "1500"))},
                {"maker_fee": dice.one_of(("0", "0.001")), "taker_fee": "0.002"},
                self._symbol() | {"max_position": dice.one_of(("0", "90"))},
                {"self_trade_prevention": dice.one_of(("none", "cancel_newest", "cancel_oldest"))},
            )
        )
        return {"op": "account.set"} | self._account() | terms

    def _set_instrument(self) -> Fields:
        dice = self._dice
        terms = dice.one_of(({"price_band": "0.01"}, {"price_band": "0"}, {"taker_fee": "0.0005"}))
        return {"op": "instrument.set"} | self._symbol() | terms

    def _kill(self) -> Fields:
        what: Fields = self._dice.one_of(({}, self._account(), self._symbol(), self._account()))
        self._to_take_back.append({"op": "market.release"} | what)
        return {"op": "market.kill"} | what

    def _halt(self) -> Fields:
        symbol = self._symbol()
        self._to_take_back.append({"op": "instrument.state", "state": "open"} | symbol)
        state = self._dice.one_of(("halted", "cancel_only"))
        return {"op": "instrument.state", "state": state} | symbol

    def _restrict(self) -> Fields:
        account = self._account()
        self._to_take_back.append({"op": "account.state", "state": "active"} | account)
        return {"op": "account.state", "state": "restricted"} | account

    def _open(self) -> Fields:
        terms = {"type": "margin", "multiplier": 2}
        return {"op": "account.open", "account": self._dice.one_of(LATER)} | terms

    def _exchange_key(self) -> Fields:
        """A new key; once there is one, an older one of the same holder is revoked."""
        holder = self._dice.one_of(ACCOUNTS)
        return {"op": "key.create"} | self._wallet.new(holder, "trade", [holder])

    def _cancel_all(self) -> Fields:
        return {"op": "cancel_all"} | self._account()
