"""The book of one instrument as a ladder: offers above, bids below, a bar for what is there."""

import time
from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated, Any

from cyclopts import Parameter
from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from outcry.cli.failed import ExitCode, Failed
from outcry.cli.gateway_client import Gateway
from outcry.cli.tables import plain_table, print_json

BAR = 30
_EIGHTHS = " ▏▎▍▌▋▊▉"

Level = list[Any]
"""[price, quantity, orders]."""


def book(
    symbol: str,
    /,
    *,
    depth: int = 10,
    watch: Annotated[bool, Parameter(negative="")] = False,
    every: float = 0.5,
    gateway: Gateway | None = None,
) -> None:
    """The book of an instrument.

    Parameters
    ----------
    symbol
        Of which instrument, as in AAPL.
    depth
        Levels on each side.
    watch
        Keep looking, until Ctrl-C.
    every
        Seconds between two looks.
    """
    at = gateway or Gateway()
    path = f"/book/{symbol.upper()}"
    answer = at.get(path, depth=depth)
    if at.json:
        print_json(answer)
    elif not watch:
        Console().print(ladder(answer))
    else:
        _watch(at, path, depth, max(every, 0.05), answer)


def _watch(at: Gateway, path: str, depth: int, every: float, answer: Any) -> None:
    """On a screen of its own, which a resized terminal does not garble; the last one stays."""
    console = Console()
    shown: Table | Text = ladder(answer)
    try:
        with Live(
            shown, console=console, auto_refresh=False, screen=console.is_terminal, transient=True
        ) as live:
            while True:
                time.sleep(every)
                try:
                    shown = ladder(at.get(path, depth=depth))
                except Failed as failed:
                    if failed.code is not ExitCode.UNREACHABLE:
                        raise
                    shown = Text(f"{failed}; looking again", style="yellow")
                live.update(shown, refresh=True)
    finally:
        console.print(shown)


def ladder(answer: Any) -> Table:
    """The table of a book as the gateway gives it."""
    bids, asks = answer["bids"], answer["asks"]
    levels: list[Level] = [*reversed(asks), *bids]
    prices, quantities = (in_step([level[place] for level in levels]) for place in (0, 1))
    largest = max(map(Decimal, quantities), default=Decimal(1))
    table = plain_table()
    table.title = Text.assemble((answer["symbol"], "bold"), (f"  seq {answer['seq']}", "dim"))
    table.title_justify = "left"
    for header in ("orders", "quantity", "price"):
        table.add_column(header, justify="right", no_wrap=True)
    table.add_column("", min_width=BAR, no_wrap=True)
    rows = [
        (
            Text(str(level[2]), style="dim"),
            Text(quantity),
            Text(price, style=f"bold {style}"),
            Text(depth_bar(Decimal(quantity) / largest), style=style),
        )
        for level, quantity, price, style in zip(
            levels, quantities, prices, ["red"] * len(asks) + ["green"] * len(bids), strict=True
        )
    ]
    rows.insert(len(asks), (Text(), Text(), Text(_spread(bids, asks), style="dim"), Text()))
    for row in rows:
        table.add_row(*row)
    return table


def in_step(numbers: Sequence[str]) -> list[str]:
    """The same numbers, all with the decimals of the longest: "189.50" and "189.48"."""
    places = max((len(number.partition(".")[2]) for number in numbers), default=0)
    return [f"{Decimal(number):.{places}f}" for number in numbers]


def depth_bar(share: Decimal) -> str:
    """A bar of that share of the full width, to an eighth of a character."""
    eighths = max(1, round(share * BAR * 8))
    return "█" * (eighths // 8) + _EIGHTHS[eighths % 8].strip()


def _spread(bids: list[Level], asks: list[Level]) -> str:
    if not bids or not asks:
        return "no orders" if not bids and not asks else "one side only"
    return f"spread {Decimal(asks[0][0]) - Decimal(bids[0][0])}"
