"""Tables of the client commands: columns of a record, the same look everywhere."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Literal, NamedTuple

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

Record = Mapping[str, Any]

SIDES = {"buy": "green", "sell": "red"}
STATUSES = {
    "new": "cyan",
    "partially_filled": "yellow",
    "filled": "green",
    "canceled": "dim",
    "rejected": "red",
    "open": "green",
    "halted": "red",
    "cancel_only": "yellow",
}


class Column(NamedTuple):
    """`show` gives the text of a record's cell; numbers stand at the right."""

    header: str
    show: Callable[[Record], Text | str]
    justify: Literal["left", "right"] = "left"
    wraps: bool = False


def plain(field: str, header: str = "") -> Column:
    return Column(header or field.replace("_", " "), lambda record: str(record.get(field, "")))


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


def make_table(columns: Sequence[Column], records: Iterable[Record]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, header_style="dim", pad_edge=False)
    for column in columns:
        table.add_column(column.header, justify=column.justify, no_wrap=not column.wraps)
    for record in records:
        table.add_row(*(column.show(record) for column in columns))
    return table


def show(
    answer: Any, field: str, columns: Sequence[Column], *, as_json: bool, nothing: str
) -> None:
    """Print the records in `field` of an answer, or all of the answer as JSON."""
    if as_json:
        print_json(answer)
        return
    console = Console()
    records = answer[field]
    if not records:
        console.print(nothing, style="dim")
        return
    table = make_table(columns, records)
    if not console.is_terminal:  # a pipe has no width: nothing is cut off
        console = Console(width=max(80, console.measure(table).maximum))
    console.print(table)
    if answer.get("next"):
        console.print(f"more: --before {answer['next']}", style="dim")


def print_json(answer: Any) -> None:
    print(json.dumps(answer, indent=2))
