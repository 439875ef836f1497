"""What a verification says in the end."""

from typing import NamedTuple

from rich.console import Console

from outcry.cli.tables import plain_table, print_json


class Report(NamedTuple):
    """Figures of a log in which no difference was found."""

    log: str
    entries: int
    """Whose answers make one chain."""
    executed_from: int
    executed_to: int
    why_from: str
    """What the first of those that were executed follows on; empty: nothing."""
    why_to: str
    """The version of the engine that goes on after the last of them; empty: this one."""
    commands: int
    trades: int
    open_orders: int
    unanswered: int
    books: str
    snapshots: int
    other_snapshots: int
    """Of this log, but of another history, as there are after a restore."""
    digest: str
    seconds: float

    @property
    def commands_per_s(self) -> int:
        return round(self.commands / self.seconds) if self.seconds else 0


def show_report(report: Report, *, as_json: bool) -> None:
    if as_json:
        fields = report._asdict() | {"commands_per_s": report.commands_per_s, "difference": None}
        print_json(fields)
        return
    console = Console(highlight=False)
    table = plain_table()
    table.add_column(f"log {report.log}", style="bold", header_style="bold")
    table.add_column("verified", justify="right")
    for name, value in (
        ("entries", f"{report.entries:,}"),
        ("executions", f"{report.commands:,}"),
        ("trades", f"{report.trades:,}"),
        ("orders open", f"{report.open_orders:,}"),
        ("books", report.books),
        ("snapshots", f"{report.snapshots:,}"),
        ("digest", report.digest),
        ("seconds", f"{report.seconds:,.1f}"),
        ("commands/s", f"{report.commands_per_s:,}"),
    ):
        table.add_row(name, value)
    if report.unanswered:
        table.add_row("entries not answered yet", f"{report.unanswered:,}")
    console.print(table)
    for text in _limits(report):
        console.print(text, style="yellow", soft_wrap=True)
    console.print("no difference", style="bold green")


def _limits(report: Report) -> list[str]:
    """What was not executed, and why."""
    told = []
    if report.why_from:
        told.append(f"executed from entry {report.executed_from:,} on, after {report.why_from}")
    if report.why_to:
        told.append(
            f"executed to entry {report.executed_to:,}, where engine {report.why_to} goes on: "
            "verify what follows with that one"
        )
    if told:
        told.append("of all other entries the chain of answers was checked")
    if report.other_snapshots:
        told.append(f"{report.other_snapshots} snapshots of this log tell another history")
    return told
