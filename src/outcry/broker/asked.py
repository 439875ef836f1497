"""What all questions have in common: whose rows, beyond which place, how many."""

from collections.abc import Iterable

from sqlalchemy import ColumnElement, Table

from outcry.broker.pages import Cursor
from outcry.broker.questions import Fields

LIMIT = 100


def accounts_of(fields: Fields) -> list[str] | None:
    """The accounts among whose rows to look; None: everybody's. None of those that the viewer has
    no part in, so that a row of another's is as if it did not exist."""
    viewer = fields.get("viewer")
    account = fields.get("account")
    if account is not None:
        return [account] if viewer is None or account in viewer else []
    return None if viewer is None else sorted(viewer)


def equal(table: Table, fields: Fields, *names: str) -> dict[str, ColumnElement[bool]]:
    """A condition for each of these fields that was given."""
    return {name: table.c[name] == fields[name] for name in names if name in fields}


def of_accounts(table: Table, names: Iterable[str] | None) -> list[list[ColumnElement[bool]]]:
    """A branch of a page for each account; None: one for all."""
    return [[]] if names is None else [[table.c.account == name] for name in names]


def cursor_of(fields: Fields) -> Cursor:
    if "after" in fields:
        return Cursor(fields["after"], newest_first=False)
    return Cursor(fields.get("before"), newest_first=True)


def upwards(fields: Fields) -> Cursor:
    return Cursor(fields.get("after"), newest_first=False)


def limit_of(fields: Fields) -> int:
    limit: int = fields.get("limit", LIMIT)
    return limit
