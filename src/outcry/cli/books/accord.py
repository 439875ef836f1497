"""The ledger held against an engine, account by account; all differences, not the first alone."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from sqlalchemy import Connection, select

from outcry.broker import schema
from outcry.broker.postings import EXTERNAL, FEES
from outcry.cli.books.sums import Cash, Crooked, Held, Sums
from outcry.domain.engine import Engine
from outcry.domain.types import UNIT, Money, money_text

CASH = ""
"""In place of a symbol."""
HOUSE = (EXTERNAL, FEES)


class Unlike(NamedTuple):
    """One number that is not the same in two places; what each says, as decimals."""

    where: str
    expected: str
    found: str


class Line(NamedTuple):
    """Of the cash (symbol "") or of an instrument: what came in and went out, what the house took
    as fees, and what all accounts of the engine have."""

    symbol: str
    came: Money
    went: Money
    fees: Money
    have: Money

    @property
    def missing(self) -> Money:
        return self.came - self.went - self.fees - self.have


def told_crooked(transactions: Iterable[Crooked]) -> Iterator[Unlike]:
    """Transactions that do not add up to nothing."""
    for one in transactions:
        where = f"trade or transfer {one.seq}-{one.trade}"
        if one.cash:
            yield _unlike(f"{where}: cash", 0, one.cash)
        if one.quantity:
            yield _unlike(f"{where}: {one.symbol}", 0, one.quantity * UNIT)


def compare_accounts(ledger: Sums, engine: Engine) -> Iterator[Unlike]:
    """Cash and positions of each account: what the ledger comes to, and what the engine has."""
    accounts = engine.accounts.by_name
    names = [name for name in ledger.cash if name not in HOUSE]
    for name in sorted({*accounts, *names}):
        account = accounts.get(name)
        has = account.cash if account else 0
        if has != ledger.cash[name]:
            yield _unlike(f"account {name}: cash, ledger and engine", ledger.cash[name], has)
    held = {
        (name, symbol): position.quantity
        for name, account in accounts.items()
        for symbol, position in account.positions.items()
    }
    keys = [key for key in ledger.held if key[0] not in HOUSE]
    for key in sorted({*held, *keys}):
        if held.get(key, 0) != ledger.held[key]:
            where = f"account {key[0]}: {key[1]}, ledger and engine"
            yield _unlike(where, ledger.held[key] * UNIT, held.get(key, 0) * UNIT)


def compare_holds(engine: Engine) -> Iterator[Unlike]:
    """What each account holds, and what its open orders have to hold by the rule."""
    power: Cash = Counter()
    closing: Held = Counter()
    for order in engine.orders.values():
        if order.closes:
            closing[order.account, order.symbol] += order.leaves
        if order.margin:
            price, rate = order.price, order.maker_fee
            if order.worst:  # it is held, and will come as a taker
                price, rate = order.worst, max(order.maker_fee, order.taker_fee)
            fee = price * order.leaves * rate // UNIT
            power[order.account] += order.margin * order.leaves + order.multiplier * fee
    for name, account in engine.accounts.by_name.items():
        if account.held != power[name]:
            where = f"account {name}: held, open orders and engine"
            yield _unlike(where, power[name], account.held)
        for symbol, position in account.positions.items():
            if position.closing != closing[name, symbol]:
                where = f"account {name}: {symbol} held, open orders and engine"
                yield _unlike(where, closing[name, symbol] * UNIT, position.closing * UNIT)


def compare_kept(
    books: Connection, cash: Cash, held: Held, engine: Engine, seq: int
) -> Iterator[Unlike]:
    """The sums that the broker keeps: they are those of the postings, and what the engine said is
    the same. What it said of holds can be compared with the engine at `seq` where it said nothing
    since."""
    still = set()
    for row in books.execute(select(schema.accounts).order_by(schema.accounts.c.account)):
        where = f"account {row.account}: cash"
        if row.cash != cash[row.account]:
            yield _unlike(f"{where}, postings and their sum", cash[row.account], row.cash)
        if row.told_cash != row.cash:
            yield _unlike(f"{where}, ledger and what the engine said", row.cash, row.told_cash)
        account = engine.accounts.by_name.get(row.account)
        if row.updated_seq > seq:
            continue
        still.add(row.account)
        if account is not None and row.held != account.held:
            yield _unlike(f"account {row.account}: held, engine and books", account.held, row.held)
    table = schema.positions
    for row in books.execute(select(table).order_by(*table.primary_key.columns)):
        where, key = f"account {row.account}: {row.symbol}", (row.account, row.symbol)
        if row.quantity != held[key]:
            numbers = held[key] * UNIT, row.quantity * UNIT
            yield _unlike(f"{where}, postings and their sum", *numbers)
        if row.told_quantity != row.quantity:
            numbers = row.quantity * UNIT, row.told_quantity * UNIT
            yield _unlike(f"{where}, ledger and what the engine said", *numbers)
        account = engine.accounts.by_name.get(row.account)
        position = account.positions.get(row.symbol) if account else None
        if position is not None and row.account in still and row.held != position.closing:
            numbers = position.closing * UNIT, row.held * UNIT
            yield _unlike(f"{where} held, engine and books", *numbers)


def conserved(ledger: Sums, engine: Engine) -> list[Line]:
    """What came in less what went out and the fees is what all accounts have, of everything."""
    have: Counter[str] = Counter()
    for account in engine.accounts.by_name.values():
        have[CASH] += account.cash
        for symbol, position in account.positions.items():
            have[symbol] += position.quantity
    lines = [Line(CASH, ledger.came[CASH], ledger.went[CASH], ledger.fees, have[CASH])]
    for symbol in sorted({*have, *ledger.came, *ledger.went} - {CASH}):
        moved = ledger.came[symbol] * UNIT, ledger.went[symbol] * UNIT
        lines.append(Line(symbol, *moved, 0, have[symbol] * UNIT))
    return lines


def _unlike(where: str, expected: Money, found: Money) -> Unlike:
    return Unlike(where, money_text(expected), money_text(found))
