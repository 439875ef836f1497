"""The accounts of the twin. What open orders hold is added up anew whenever somebody asks."""

from dataclasses import dataclass, field
from decimal import Decimal

from sim.bounds import Bounds
from sim.client_ids import ClientIds, Used
from sim.echo import SIZES, echo
from sim.exact import ZERO, Fields, plain, without_empty
from sim.order import Order
from sim.rulebook import COUNTS, Refused

FEES = ("maker_fee", "taker_fee")
CHOICES = ("self_trade_prevention", "access", "multiplier", "shorting")
LIMITS = (*COUNTS, "max_exposure", *SIZES)
OWN = (*LIMITS, *FEES)


@dataclass
class Account:
    name: str
    type: str
    multiplier: int
    shorting: bool
    access: str
    self_trade_prevention: str
    state: str = "active"
    killed: bool = False
    own: dict[str, Decimal] = field(default_factory=dict)
    """Limits and fees that were set for it; what is not here is that of another place."""
    terms: dict[str, dict[str, Decimal]] = field(default_factory=dict)
    """The same of one instrument, by symbol."""
    cash: Decimal = ZERO
    positions: dict[str, Decimal] = field(default_factory=dict)
    """By symbol, from its first order or transfer there on."""
    sent: list[int] = field(default_factory=list)
    """The second of log time of every order that was accepted, and replace that lost its place."""


class Accounts(ClientIds):
    def __init__(self, bounds: Bounds) -> None:
        super().__init__(bounds)
        self.accounts: dict[str, Account] = {}
        self.resting: list[Order] = []

    def account(self, name: str) -> Account:
        if name not in self.accounts:
            raise Refused("unknown_account", "account")
        return self.accounts[name]

    # What an account has -----------------------------------------------------------------

    def open_of(self, account: Account, symbol: str = "", side: str = "") -> list[Order]:
        return [
            order
            for order in self.resting
            if order.account == account.name
            and not (order.unarmed or order.is_spent)
            and symbol in ("", order.symbol)
            and side in ("", order.side)
        ]

    def held(self, account: Account) -> Decimal:
        """Buying power that its open orders hold."""
        return sum((order.held for order in self.open_of(account)), ZERO)

    def available(self, account: Account) -> Decimal:
        """Buying power that is left."""
        power = account.multiplier * account.cash - self.held(account)
        for symbol, quantity in account.positions.items():
            times = account.multiplier - 1 if quantity > 0 else account.multiplier + 1
            power += times * quantity * self.mark(symbol)
        return power

    def exposure(self, account: Account) -> Decimal:
        stakes = [abs(q) * self.mark(symbol) for symbol, q in account.positions.items()]
        return sum(stakes, self.held(account))

    def balance(self, name: str, symbol: str = "") -> Fields:
        """What is told of an account and what it has of `symbol`."""
        account = self.accounts[name]
        told = {"account": name, "cash": plain(account.cash)}
        sums = {"held": self.held(account)}
        if symbol:
            told["symbol"] = symbol
            sums["position"] = account.positions.get(symbol, ZERO)
            closing = [order.leaves for order in self.open_of(account, symbol) if order.closes]
            sums["position_held"] = sum(closing, ZERO)
        return told | {name: plain(number) for name, number in sums.items() if number}

    def settings(self, account: Account, symbol: str = "") -> Fields:
        """With its terms in `symbol`, where the command named one."""
        there = {"symbol": symbol} | told_terms(account.terms.get(symbol, {}))
        told = {
            "account": account.name,
            "type": account.type,
            "state": account.state,
            "access": account.access,
            "self_trade_prevention": account.self_trade_prevention,
            "multiplier": account.multiplier,
            "shorting": account.shorting,
            "killed": account.killed,
            "terms": [there] if symbol else [],
        }
        return without_empty(told) | told_terms(account.own)

    # The operator's commands -------------------------------------------------------------

    def account_open(self, command: Fields) -> Fields:
        if command["account"] in self.accounts:
            raise Refused("duplicate_account", "account")
        if len(self.accounts) >= self.bounds.accounts:
            raise Refused("account_limit")
        full = echo("account.open", command)
        terms = [full.get(name, False) for name in ("multiplier", "shorting")]
        choices = [full[name] for name in ("access", "self_trade_prevention")]
        account = Account(full["account"], full["type"], *terms, *choices)
        self.accounts[account.name] = account
        return {"settings": self.settings(account)}

    def account_set(self, command: Fields) -> Fields:
        account = self.account(command["account"])
        if "symbol" in command:
            self.listed(command["symbol"])
        for name in ("multiplier", "shorting"):
            if account.type == "cash" and name in command:
                raise Refused("not_allowed", name)
        if "symbol" in command:
            symbol = command["symbol"]
            terms = as_set(account.terms.get(symbol, {}), command)
            if terms and symbol not in account.terms and self.are_terms_too_many():
                raise Refused("holdings_limit")
            account.terms[symbol] = terms
            if not terms:
                del account.terms[symbol]
            return {"settings": self.settings(account, symbol)}
        for name in CHOICES:
            if name in command:
                setattr(account, name, command[name])
        account.own = as_set(account.own, command)
        return {"settings": self.settings(account)}

    def account_state(self, command: Fields) -> Fields:
        account = self.account(command["account"])
        if account.state == "closed":
            raise Refused("account_closed", "account")
        orders = [order for order in self.resting if order.account == account.name]
        has = account.cash or any(account.positions.values()) or orders
        if command["state"] == "closed" and has:
            raise Refused("account_not_empty", "account")
        account.state = command["state"]
        return {"settings": self.settings(account)}

    def account_deposit(self, command: Fields) -> Fields:
        return self.transfer("account.deposit", command, 1)

    def account_withdraw(self, command: Fields) -> Fields:
        return self.transfer("account.withdraw", command, -1)

    def transfer(self, op: str, command: Fields, sign: int) -> Fields:
        account = self.account(command["account"])
        transfer_id, content = command.get("transfer_id", ""), echo(op, command)
        repeat = self.repeated(account.name, transfer_id, content, "transfer_id", "transfer")
        if repeat is not None:
            return repeat
        if account.state == "closed":
            raise Refused("account_closed", "account")
        symbol = command.get("symbol", "")
        if symbol:
            self.listed(symbol)
            if sign > 0 and self.is_one_holding_too_many(account, symbol):
                raise Refused("holdings_limit")
            quantity = Decimal(command["quantity"])
            fits = self.can_take if sign > 0 else self.can_give
            if not fits(account, symbol, quantity):
                raise Refused("shares_available", "quantity")
            account.positions[symbol] = account.positions.get(symbol, ZERO) + sign * quantity
        else:
            amount = Decimal(command["amount"])
            if sign < 0 and not self.can_pay(account, amount):
                raise Refused("cash_available", "amount")
            account.cash += sign * amount
        if transfer_id:
            self.used.append(Used(account.name, transfer_id, content, self.seq, of="transfer"))
        return {"balances": [self.balance(account.name, symbol)]}

    def can_pay(self, account: Account, amount: Decimal) -> bool:
        fits = account.multiplier * amount <= self.available(account)
        return amount <= account.cash - self.held(account) and fits

    def can_give(self, account: Account, symbol: str, quantity: Decimal) -> bool:
        for_sale = sum((o.leaves for o in self.open_of(account, symbol, "sell")), ZERO)
        lent = (account.multiplier - 1) * quantity * self.mark(symbol)
        enough = quantity <= account.positions.get(symbol, ZERO) - for_sale
        return enough and (account.type == "cash" or lent <= self.available(account))

    def can_take(self, account: Account, symbol: str, quantity: Decimal) -> bool:
        """What open orders will cover of a short position is not covered twice."""
        buys = self.open_of(account, symbol, "buy")
        short = -account.positions.get(symbol, ZERO)
        waiting = sum((order.leaves for order in buys), ZERO)
        covers = short > 0 and any(order.closes for order in buys)
        return not covers or quantity <= short - waiting

    def is_one_holding_too_many(self, account: Account, symbol: str) -> bool:
        held = sum(len(other.positions) for other in self.accounts.values())
        return symbol not in account.positions and held >= self.bounds.holdings

    def are_terms_too_many(self) -> bool:
        terms = sum(len(account.terms) for account in self.accounts.values())
        return terms >= self.bounds.holdings

    # The kill switch ---------------------------------------------------------------------

    def market_kill(self, command: Fields) -> Fields:
        return self.switch(command, on=True)

    def market_release(self, command: Fields) -> Fields:
        return self.switch(command, on=False)

    def switch(self, command: Fields, on: bool) -> Fields:
        if "account" in command:
            account = self.account(command["account"])
            account.killed = on
            return {"settings": self.settings(account)}
        if "symbol" in command:
            self.listed(command["symbol"])
            others = [symbol for symbol in self.killed_symbols if symbol != command["symbol"]]
            self.killed_symbols = [*others, command["symbol"]] if on else others
        else:
            self.market_killed = on
        return {}


def as_set(own: dict[str, Decimal], command: Fields) -> dict[str, Decimal]:
    """Limits and fees with those of a command: a limit of 0 is none, a fee of 0 is one."""
    terms = dict(own)
    for name in OWN:
        if name in command:
            terms.pop(name, None)
            none = command[name] == "inherit" if name in FEES else not Decimal(command[name])
            if not none:
                terms[name] = Decimal(command[name])
    return terms


def told_terms(own: dict[str, Decimal]) -> Fields:
    return {n: int(own[n]) if n in COUNTS else plain(own[n]) for n in OWN if n in own}
