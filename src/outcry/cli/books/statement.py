"""`outcry statement`: what happened to an account in a period, as CSV."""

import contextlib
import csv
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, TextIO

from cyclopts import Parameter
from sqlalchemy import Connection, Row, select

from outcry.broker.amounts import quantity_text
from outcry.broker.postings import TRADE
from outcry.broker.present import trade_id
from outcry.broker.schema import accounts, postings
from outcry.cli.books.kept import read_only
from outcry.cli.failed import ExitCode, Failed
from outcry.cli.gateway_client import WHERE
from outcry.cli.logs import books_of
from outcry.cli.moments import SECOND_NS, moment_ns
from outcry.cli.operator import Bus
from outcry.domain.types import money_text

COLUMNS = (
    "time",
    "kind",
    "symbol",
    "side",
    "quantity",
    "price",
    "amount",
    "fee",
    "cash",
    "seq",
    "reference",
)
ROWS_AT_ONCE = 2_000
END_NS = (1 << 63) - 1


def statement(
    account: str,
    /,
    *,
    begin: Annotated[str, Parameter(name="--from")] = "",
    end: Annotated[str, Parameter(name="--to")] = "",
    output: Path | None = None,
    database_url: Annotated[str, Parameter(group=WHERE, env_var="OUTCRY_DATABASE_URL")] = "",
    bus: Bus | None = None,
) -> None:
    """Write what happened to an account as CSV: opening balance, each activity, closing balance.

    `amount` is the cash that moved without the `fee`, `cash` the balance after both.

    Parameters
    ----------
    account
        The account.
    begin
        From this time on, as in 2026-01-31 or 2026-01-31T16:00:00; UTC where it says no other.
    end
        Up to before this time.
    output
        The file to write; standard output when left out.
    database_url
        The books; those of the data folder when left out.
    """
    since = moment_ns(begin, "--from") if begin else 0
    until = moment_ns(end, "--to") if end else END_NS
    address = books_of(bus or Bus(), database_url)
    if not address:
        raise Failed("there are no books here: name them with --database-url", ExitCode.REFUSED)
    with read_only(address) as books, books.still() as connection:
        if not _is_known(connection, account):
            raise Failed(f"the books know no account {account}", ExitCode.REFUSED)
        with _opened(output) as file:
            write_statement(connection, account, since, until, file)


def write_statement(
    connection: Connection, account: str, since_ns: int, until_ns: int, file: TextIO
) -> None:
    """The period from `since_ns` up to before `until_ns`, in the order of the ledger."""
    writer = csv.DictWriter(file, COLUMNS, restval="", lineterminator="\n")
    writer.writeheader()
    own = select(postings).where(postings.c.account == account)
    newest = own.order_by(postings.c.seq.desc(), postings.c.number.desc())
    before = connection.execute(newest.where(postings.c.ts < since_ns).limit(1)).first()
    balance = before.balance if before else 0
    begin = {"time": _time(since_ns) if since_ns else "", "kind": "opening balance"}
    writer.writerow(begin | {"cash": money_text(balance)})
    within = own.where(postings.c.ts >= since_ns, postings.c.ts < until_ns)
    ordered = within.order_by(postings.c.seq, postings.c.number)
    streaming = connection.execution_options(yield_per=ROWS_AT_ONCE)
    for row in streaming.execute(ordered):
        balance = row.balance
        writer.writerow(_line(row))
    end = {"time": _time(until_ns) if until_ns != END_NS else "", "kind": "closing balance"}
    writer.writerow(end | {"cash": money_text(balance)})


def _line(row: Row[Any]) -> dict[str, object]:
    traded = row.kind == TRADE
    line: dict[str, object] = {
        "time": _time(row.ts),
        "kind": row.kind,
        "symbol": row.symbol,
        "amount": money_text(row.cash + row.fee),
        "fee": money_text(row.fee) if row.fee else "",
        "cash": money_text(row.balance),
        "seq": row.seq,
        "reference": trade_id(row.seq, row.trade) if traded else row.transfer_id,
    }
    if row.quantity:
        line["quantity"] = quantity_text(abs(row.quantity) if traded else row.quantity)
        line["price"] = quantity_text(row.price) if row.price else ""
    if traded:
        line["side"] = "buy" if row.quantity > 0 else "sell"
    return line


def _is_known(connection: Connection, account: str) -> bool:
    return any(
        connection.execute(select(table.c.account).where(table.c.account == account)).first()
        for table in (accounts, postings)
    )


@contextlib.contextmanager
def _opened(output: Path | None) -> Iterator[TextIO]:
    if output is None:
        yield sys.stdout
        return
    try:
        with output.open("w", encoding="utf-8", newline="") as file:
            yield file
    except OSError as error:
        raise Failed(f"{output} cannot be written: {error.strerror}", ExitCode.REFUSED) from error


def _time(ts_ns: int) -> str:
    """ISO 8601, UTC, to the nanosecond."""
    seconds, rest = divmod(ts_ns, SECOND_NS)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{rest:09d}Z"
