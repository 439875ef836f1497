"""What a replay found."""

from collections.abc import Sequence
from typing import NamedTuple

from rich.console import Console

from outcry.cli.replay.check import SHOWN_MAX, Check
from outcry.cli.replay.market_file import Survey
from outcry.cli.tables import plain_table, print_json


class Report(NamedTuple):
    """Figures of one run. `shown` are the first differences."""

    symbol: str
    commands: int
    commands_per_s: int
    tops: int
    takes: int
    fills: int
    booked: int
    differences: int
    shown: tuple[str, ...]

    @classmethod
    def of(
        cls,
        symbol: str,
        check: Check,
        held: Survey,
        booked: tuple[int, Sequence[str]],
        seconds: float,
    ) -> "Report":
        """Of a check, what the file holds, and what the books hold."""
        shown = [f"line {line}: {text}" for line, text in check.shown]
        for what, checked, there in (
            ("commands", check.commands, held.commands),
            ("tops", check.tops, held.tops),
            ("takes", check.takes, held.takes),
            ("fills", check.fills, held.fills),
        ):
            if checked != there:
                shown.append(f"{checked} {what} came back of {there} in the file")
        missed = len(shown) - len(check.shown)
        shown += booked[1][:SHOWN_MAX]
        return cls(
            symbol=symbol,
            commands=check.commands,
            commands_per_s=round(check.commands / seconds) if seconds else 0,
            tops=check.tops,
            takes=check.takes,
            fills=check.fills,
            booked=booked[0],
            differences=check.differences + missed + len(booked[1]),
            shown=tuple(shown),
        )


def show_report(report: Report, *, as_json: bool) -> None:
    if as_json:
        print_json(report._asdict())
        return
    console = Console(highlight=False)
    table = plain_table()
    table.add_column(report.symbol, style="bold", header_style="bold")
    table.add_column("checked", justify="right")
    for name, value in (
        ("commands", report.commands),
        ("tops", report.tops),
        ("takes", report.takes),
        ("fills", report.fills),
        ("trades in the books", report.booked),
    ):
        table.add_row(name, f"{value:,}")
    console.print(table)
    console.print(f"{report.commands_per_s:,} commands/s", style="cyan")
    if not report.differences:
        console.print("no difference", style="bold green")
        return
    console.print(f"{report.differences:,} differences", style="bold red")
    for text in report.shown:
        console.print(f"  {text}", markup=False, soft_wrap=True)
    if report.differences > len(report.shown):
        console.print(f"  and {report.differences - len(report.shown):,} more", style="dim")
