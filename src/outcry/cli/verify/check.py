"""The books held against what was executed."""

from sqlalchemy import Connection

from outcry.cli.books.compare import compare_books
from outcry.cli.books.tally import check_sums
from outcry.cli.verify.audit import Audit
from outcry.cli.verify.orders import check_open_orders


def check_books(audit: Audit, found: Connection, *, quiet: bool) -> int:
    """Hold the books against those that `audit` has made, and what they add up to against what
    was executed; gives the rows. Raises Difference."""
    assert audit.shadow is not None, "there are books"
    with audit.shadow.database.reader.connect() as expected:
        rows, sums = compare_books(expected, found, quiet=quiet)
    check_sums(audit.tally, sums)
    if audit.desk.position == audit.shadow.position.entry:
        check_open_orders(audit.desk.engine, found)
    return rows
