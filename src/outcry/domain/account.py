"""An account: what it has, what its open orders hold of that, and what it may do.

Rule 1: what is held, of an account and of a position, is at every time the sum of what its resting
orders hold (`holds`); nothing else changes it.
Rule 2: cash and positions change by fills (`settlement`) and transfers (`transfers`) alone.
"""

import msgspec

from outcry.domain.types import (
    ACTIVE,
    CASH,
    Access,
    AccountState,
    AccountType,
    Money,
    SelfTradePrevention,
    Units,
)


class Limits(msgspec.Struct, frozen=True, gc=False):
    """What an account, or every account of the market, may have and do at most; 0: no limit.

    `max_order_rate` counts orders and replaces in a second of log time; `max_notional` is price x
    quantity of one order, `max_position` a quantity, long or short, of one instrument. Amounts are
    in 10⁻⁹ of the currency.
    """

    max_open_orders: int = 0
    max_order_rate: int = 0
    max_exposure: Units = 0
    max_notional: Units = 0
    max_position: Units = 0


class Terms(msgspec.Struct, frozen=True, gc=False):
    """Of an account in one instrument; a fee of None is that of the account or the instrument.

    As they begin they say nothing: an account has them only where they do.
    """

    max_notional: Units = 0
    max_position: Units = 0
    maker_fee: Units | None = None
    taker_fee: Units | None = None


class Standing(msgspec.Struct, frozen=True, gc=False):
    """What holds for the orders of an account in one instrument: each limit and fee as the most
    special place says that has one; `fee` is the higher of the two."""

    maker_fee: Units
    taker_fee: Units
    fee: Units
    max_open_orders: int
    max_order_rate: int
    max_exposure: Units
    max_notional: Units
    max_position: Units


class Position(msgspec.Struct, eq=False, gc=False):
    """What an account has of one instrument; a negative quantity is owed.

    The next three are leaves of its resting orders there: of those that will close some of it, of
    all that buy, of all that sell.
    """

    quantity: Units = 0
    closing: Units = 0
    buying: Units = 0
    selling: Units = 0
    parents: int = 0
    """How many open orders bring an exit: of those that buy, or negative, of those that sell."""
    pending: Units = 0
    """What exits there are still to be armed with: nothing else may close that."""
    standing: Standing | None = None
    """As `Accounts` reckoned it in the generation `of`."""
    of: int = -1


class Account(msgspec.Struct, eq=False, gc=False):
    name: str
    type: AccountType = CASH
    multiplier: int = 1
    shorting: bool = False
    access: Access = Access.KEYS
    prevention: SelfTradePrevention = SelfTradePrevention.CANCEL_NEWEST
    state: AccountState = ACTIVE
    killed: bool = False
    limits: Limits = Limits()
    maker_fee: Units | None = None
    taker_fee: Units | None = None
    terms: dict[str, Terms] = {}
    """By symbol, where they say something."""
    cash: Money = 0
    positions: dict[str, Position] = {}
    """By symbol, from its first order or transfer there on."""
    second: int = 0
    """The second of log time in which it sent the newest order, and how many it sent then."""
    sent: int = 0
    held: Money = 0
    """Buying power that its resting orders hold."""
    open_orders: int = 0

    @property
    def is_empty(self) -> bool:
        positions = self.positions.values()
        return not (self.cash or self.open_orders or any(p.quantity for p in positions))
