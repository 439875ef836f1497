"""`outcry reconcile`: the ledger against the engine, account by account."""

import asyncio
import time
from pathlib import Path
from typing import Annotated, Any, NamedTuple

from cyclopts import Parameter
from rich.console import Console

from outcry.cli.books.accord import (
    CASH,
    Line,
    Unlike,
    compare_accounts,
    compare_holds,
    compare_kept,
    conserved,
    told_crooked,
)
from outcry.cli.books.kept import Books, read_only
from outcry.cli.books.sums import add_up
from outcry.cli.errand import carry_out
from outcry.cli.failed import ExitCode, Failed
from outcry.cli.gateway_client import WHERE
from outcry.cli.logs import Folders, books_of
from outcry.cli.operator import Bus, Json
from outcry.cli.snapshots import take_one
from outcry.cli.tables import plain_table, print_json
from outcry.domain.engine import Engine
from outcry.domain.types import money_text
from outcry.orders import snapshots
from outcry.orders.snapshots import Header, Unusable

PATIENCE_S = 20.0
"""How long the books may take to come to where the engine was."""
POLL_S = 0.1
CURRENCY = "USD"


class Accord(NamedTuple):
    """What was compared, as of execution `seq`, and what differs."""

    log: str
    entry: int
    seq: int
    booked_seq: int
    accounts: int
    positions: int
    open_orders: int
    sums: list[Line]
    differences: list[Unlike]


def reconcile(
    *,
    offline: bool = False,
    database_url: Annotated[str, Parameter(group=WHERE, env_var="OUTCRY_DATABASE_URL")] = "",
    json: Json = False,
    bus: Bus | None = None,
    folders: Folders | None = None,
) -> int:
    """Compare the ledger with the engine, account by account: cash, positions and holds.

    The order service takes a snapshot for it, while orders go on. What came in, less what went out
    and the fees, has to be what all accounts have. Any difference is told, with exit code 1.

    Parameters
    ----------
    offline
        Take the newest snapshot that there is; nothing has to run.
    database_url
        The books; those of the data folder when left out.
    """
    at, beside = bus or Bus(), folders or Folders()
    address = books_of(at, database_url)
    if not address:
        raise Failed("there are no books here: name them with --database-url", ExitCode.REFUSED)
    folder = beside.snapshots(at)
    wanted = None if offline else _take_one(at)
    with read_only(address) as books:
        header, engine = _engine_of(folder, wanted, books.position().log)
        _wait_for(books, header)
        accord = carry_out(_compare(books, header, engine))
    _show(accord, as_json=json)
    whole = not accord.differences and not any(line.missing for line in accord.sums)
    return ExitCode.OK if whole else ExitCode.REFUSED


def _take_one(bus: Bus) -> Header:
    """Raises Failed: nobody takes one; it says what can be done without."""
    try:
        return carry_out(take_one(bus))
    except Failed as failed:
        if failed.code is not ExitCode.UNREACHABLE:
            raise
        text = f"{failed}: start it, or compare with the newest snapshot there is, by --offline"
        raise Failed(text, failed.code) from failed


def _engine_of(folder: Path, wanted: Header | None, log: str) -> tuple[Header, Engine]:
    """The engine of a snapshot, or of the newest of the log. Raises Failed: there is none."""
    names = [folder / snapshots.file_name(wanted)] if wanted else snapshots.found(folder)
    trouble = f"there is no snapshot of log {log} in {folder}; take one: `outcry snapshot take`"
    for path in names:
        try:
            if snapshots.read_header(path).log == log:
                return snapshots.read(path)
        except (Unusable, OSError) as error:
            trouble = f"{error}; name the folder of the snapshots with --snapshot-dir"
    raise Failed(trouble, ExitCode.REFUSED)


def _wait_for(books: Books, header: Header) -> None:
    """Wait until the books are at the snapshot. Raises Failed: they do not come there."""
    patience = time.monotonic() + PATIENCE_S
    while (at := books.position()).seq < header.seq:
        if time.monotonic() > patience:
            raise Failed(
                f"the books are at execution {at.seq:,}, the snapshot at {header.seq:,}: is the "
                "broker running?",
                ExitCode.REFUSED,
            )
        time.sleep(POLL_S)


async def _compare(books: Books, header: Header, engine: Engine) -> Accord:
    return await asyncio.to_thread(_compared, books, header, engine)


def _compared(books: Books, header: Header, engine: Engine) -> Accord:
    with books.still() as connection:
        ledger, after, crooked = add_up(connection, header.seq)
        kept = compare_kept(connection, *ledger.plus(after), engine, header.seq)
        differences = [*told_crooked(crooked), *compare_accounts(ledger, engine)]
        differences += [*compare_holds(engine), *kept]
    accounts = engine.accounts.by_name
    return Accord(
        log=header.log,
        entry=header.entry,
        seq=header.seq,
        booked_seq=books.position().seq,
        accounts=len(accounts),
        positions=sum(len(account.positions) for account in accounts.values()),
        open_orders=len(engine.orders),
        sums=conserved(ledger, engine),
        differences=differences,
    )


def _show(accord: Accord, *, as_json: bool) -> None:
    if as_json:
        print_json(_told(accord))
        return
    console = Console(highlight=False)
    console.print(
        f"execution {accord.seq:,} (entry {accord.entry:,}) of log {accord.log}: "
        f"{accord.accounts:,} accounts, {accord.positions:,} positions, "
        f"{accord.open_orders:,} open orders",
        soft_wrap=True,
    )
    table = plain_table()
    for name in ("of", "in", "out", "fees", "all have", "difference"):
        table.add_column(name, justify="left" if name == "of" else "right")
    for line in accord.sums:
        numbers = (line.came, line.went, line.fees, line.have, line.missing)
        style = "bold red" if line.missing else None
        table.add_row(line.symbol or CURRENCY, *map(money_text, numbers), style=style)
    console.print(table)
    for one in accord.differences:
        told = f"{one.where}: {one.expected} and {one.found}"
        console.print(told, style="bold red", markup=False, soft_wrap=True)
    if not accord.differences and not any(line.missing for line in accord.sums):
        console.print("no difference", style="bold green")


def _told(accord: Accord) -> dict[str, Any]:
    sums = [
        {
            "symbol": line.symbol,
            "currency": "" if line.symbol != CASH else CURRENCY,
            "in": money_text(line.came),
            "out": money_text(line.went),
            "fees": money_text(line.fees),
            "have": money_text(line.have),
            "difference": money_text(line.missing),
        }
        for line in accord.sums
    ]
    differences = [one._asdict() for one in accord.differences]
    return accord._asdict() | {"sums": sums, "differences": differences}
