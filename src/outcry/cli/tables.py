"""Tables of the client commands: columns of a record, the same look everywhere."""

import json
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Literal, NamedTuple

from rich.console import Console
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

Record = Mapping[str, Any]
PIPE_WIDTH = 1_000
"""Of what is no terminal: there nothing is folded or cut off."""

SIDES = {"buy": "green", "sell": "red"}
STATUSES = {
    "new": "cyan",
    "partially_filled": "yellow",
    "filled": "green",
    "canceled": "dim",
    "expired": "dim",
    "held": "magenta",
    "rejected": "red",
    "open": "green",
    "halted": "red",
    "cancel_only": "yellow",
    "active": "green",
    "restricted": "yellow",
    "closed": "dim",
}


class Column(NamedTuple):
    """`show` gives the text of a record's cell; numbers stand at the right.

    Where there is no room, columns that `yields` names are left out, 1 first; then what `folds`
    takes several lines of `least` characters or more. Nothing is cut off before that.
    """

    header: str
    show: Callable[[Record], Text | str]
    justify: Literal["left", "right"] = "left"
    folds: bool = False
    least: int = 0
    yields: int = 0

    def yielding(self, place: int) -> "Column":
        return self._replace(yields=place)


def plain(field: str, header: str = "") -> Column:
    return Column(header or field.replace("_", " "), lambda record: str(record.get(field, "")))


def identity(field: str, header: str = "", least: int = 8) -> Column:
    """Something long of which each character counts."""
    return plain(field, header)._replace(folds=True, least=least)


def number(field: str, header: str = "") -> Column:
    return plain(field, header)._replace(justify="right")


def coloured(field: str, styles: Mapping[str, str], header: str = "") -> Column:
    def show(record: Record) -> Text:
        word = str(record.get(field, ""))
        return Text(word.replace("_", " "), style=styles.get(word, ""))

    return Column(header or field, show)


def moment(field: str, header: str = "time") -> Column:
    """Log time as a clock shows it here."""
    return Column(header, lambda record: clock_time(record.get(field)))


def clock_time(ts_ns: object) -> str:
    """ "14:03:07.125" of nanoseconds since 1970, with the day when that is another one."""
    if not ts_ns:
        return ""
    then = datetime.fromtimestamp(int(str(ts_ns)) / 1e9, UTC).astimezone()
    shown = then.strftime("%H:%M:%S.%f")[:-3]
    return shown if then.date() == datetime.now(UTC).astimezone().date() else f"{then:%F} {shown}"


def plain_table() -> Table:
    """Two blanks between columns, a line under their names."""
    return Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="dim underline")


def make_table(columns: Sequence[Column], records: Iterable[Record]) -> Table:
    table = plain_table()
    for column in columns:
        table.add_column(
            column.header,
            justify=column.justify,
            no_wrap=not column.folds,
            min_width=column.least or None,
            overflow="fold" if column.folds else "ellipsis",
        )
    for record in records:
        table.add_row(*(column.show(record) for column in columns))
    return table


def fitting(columns: Sequence[Column], records: Sequence[Record], width: int) -> Sequence[Column]:
    """The columns that fit into `width` characters: those that yield are left out as needed."""
    free = Console(width=PIPE_WIDTH)
    going = sorted((column for column in columns if column.yields), key=lambda one: one.yields)
    kept = list(columns)
    for column in going:
        if Measurement.get(free, free.options, make_table(kept, records)).maximum <= width:
            break
        kept.remove(column)
    return kept


def show(
    answer: Any,
    field: str,
    columns: Sequence[Column],
    *,
    as_json: bool,
    nothing: str,
    more: str = "--before",
) -> None:
    """Print the records in `field` of an answer, or all of the answer as JSON.

    `more` is the option that gives the next page.
    """
    if as_json:
        print_json(answer)
        return
    console = open_console()
    records = answer[field]
    if not records:
        console.print(nothing, style="dim")
        return
    kept = fitting(columns, records, console.width)
    console.print(make_table(kept, records))
    if left_out := [column.header for column in columns if column not in kept]:
        console.print(f"no room here for: {', '.join(left_out)}", style="dim")
    if answer.get("next"):
        console.print(f"more: {more} {answer['next']}", style="dim")


def open_console() -> Console:
    """Standard output, with the width of the terminal if it is one."""
    return Console() if sys.stdout.isatty() else Console(width=PIPE_WIDTH)


def print_json(answer: Any) -> None:
    print(json.dumps(answer, indent=2))
