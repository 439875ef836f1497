"""Questions about accounts: what they have, how they are set, what changed them."""

from collections.abc import Iterable

from sqlalchemy import Connection, select

from outcry.broker.asked import accounts_of, cursor_of, equal, limit_of, of_accounts, upwards
from outcry.broker.pages import read_page
from outcry.broker.position import Position
from outcry.broker.present import (
    present_account,
    present_activity,
    present_position,
    trade_id,
)
from outcry.broker.questions import BadRequest, Fields
from outcry.broker.schema import account_terms, accounts, instruments, positions, postings
from outcry.domain.types import Units, money_text
from outcry.wire.books import AccountAnswer, AccountsAnswer, ActivitiesAnswer, PositionsAnswer

ROWS_OF_ACCOUNT = 1000
"""Positions, and terms in instruments, that are told with an account: more would not fit."""


def read_accounts(connection: Connection, at: Position, fields: Fields) -> AccountsAnswer:
    branches = of_accounts(accounts, accounts_of(fields))
    page = read_page(connection, accounts, branches, [], upwards(fields), limit_of(fields))
    found = tuple(present_account(row) for row in page.rows)
    return AccountsAnswer(at.seq, found, page.next[0] if page.next else None)


def read_account(connection: Connection, at: Position, fields: Fields) -> AccountAnswer:
    if "account" not in fields:
        raise BadRequest("account is missing", "account")
    name = fields["account"]
    row = None
    if accounts_of(fields):
        row = connection.execute(select(accounts).where(accounts.c.account == name)).first()
    if row is None:
        raise BadRequest(f"there is no account {name}", "account", "unknown_account")
    own = select(account_terms).where(account_terms.c.account == name)
    terms = connection.execute(own.order_by(account_terms.c.symbol).limit(ROWS_OF_ACCOUNT)).all()
    found = select(positions).where(positions.c.account == name).order_by(positions.c.symbol)
    rows = connection.execute(found).all()
    marks = _marks(connection, (one.symbol for one in rows))
    valued = [(one, one.quantity * marks[one.symbol]) for one in rows if marks[one.symbol]]
    market = sum(value for _, value in valued)
    profit = sum(value - one.cost for one, value in valued if one.cost)
    return AccountAnswer(
        at.seq,
        present_account(
            row,
            terms,
            equity=money_text(row.cash + market),
            market_value=money_text(market),
            realised_profit=money_text(sum(one.realised for one in rows)),
            unrealised_profit=money_text(profit),
            fees=money_text(sum(one.fees for one in rows)),
            positions=tuple(
                present_position(one, marks[one.symbol]) for one in rows[:ROWS_OF_ACCOUNT]
            ),
        ),
    )


def read_positions(connection: Connection, at: Position, fields: Fields) -> PositionsAnswer:
    branches = of_accounts(positions, accounts_of(fields))
    rest = list(equal(positions, fields, "symbol").values())
    page = read_page(connection, positions, branches, rest, upwards(fields), limit_of(fields))
    marks = _marks(connection, (row.symbol for row in page.rows))
    found = tuple(present_position(row, marks[row.symbol]) for row in page.rows)
    return PositionsAnswer(at.seq, found, ":".join(page.next) if page.next else None)


def read_activities(connection: Connection, at: Position, fields: Fields) -> ActivitiesAnswer:
    branches = of_accounts(postings, accounts_of(fields))
    rest = list(equal(postings, fields, "symbol", "kind").values())
    page = read_page(connection, postings, branches, rest, cursor_of(fields), limit_of(fields))
    return ActivitiesAnswer(
        at.seq,
        tuple(present_activity(row, at) for row in page.rows),
        trade_id(*page.next) if page.next else None,
    )


def _marks(connection: Connection, symbols: Iterable[str]) -> dict[str, Units]:
    """Reference prices; 0 where there is none."""
    marks = dict.fromkeys(symbols, 0)
    if marks:
        listed = select(instruments.c.symbol, instruments.c.reference_price)
        rows = connection.execute(listed.where(instruments.c.symbol.in_(list(marks))))
        marks |= {row.symbol: row.reference_price for row in rows}
    return marks
