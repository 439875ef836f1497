"""What the run tells: every strike, who was in flight, what became of them, and the totals."""

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from chaos.ledger import Fate, Found, Sent
from chaos.strikes import Hit


class Totals(NamedTuple):
    """What a run has come to."""

    commands: int
    acknowledged: int
    entries: int
    executions: int
    takeovers: int
    kills: int
    seconds: float
    failures: dict[str, int]


def strikes_table(hits: Iterable[Hit], found: Found) -> list[str]:
    """A line for each strike."""
    lines = [f"{'#':>4} {'at':>7}  {'in flight':>9}  {'what':<44} what became of those in flight"]
    for number, hit in enumerate(hits, 1):
        fates = fates_of(hit.in_flight, found)
        became = ", ".join(f"{count} {fate.value}" for fate, count in fates.items())
        at = f"{number:>4} {hit.at_s:>6.1f}s"
        lines.append(f"{at}  {len(hit.in_flight):>9}  {hit.what:<44} {became}")
    return lines


def fates_of(sent: Iterable[Sent], found: Found) -> dict[Fate, int]:
    counts = Counter(found.fate(one) for one in sent)
    return {fate: counts[fate] for fate in Fate if counts[fate]}


def summary(hits: list[Hit], found: Found, totals: Totals) -> list[str]:
    """The run in numbers."""
    kinds = Counter(hit.what.partition(" ")[0] for hit in hits)
    in_flight = [one for hit in hits for one in hit.in_flight]
    struck = [len(hit.in_flight) for hit in hits if hit.kills]
    became = {fate.value: count for fate, count in fates_of(in_flight, found).items()}
    return [
        f"{totals.kills} kills in {len(hits)} strikes in {totals.seconds:.0f} s: {_counted(kinds)}",
        f"{totals.commands} commands sent, {totals.acknowledged} acknowledged as done",
        f"the log has {totals.entries} entries, {totals.executions} executions",
        f"a standby took over {totals.takeovers} times",
        f"clients sent again after: {_counted(totals.failures)}",
        f"in flight at a kill: {min(struck, default=0)} to {max(struck, default=0)}",
        f"in flight at all strikes: {_counted(became)}",
    ]


def _counted(counts: dict[str, int]) -> str:
    return ", ".join(f"{count} {what}" for what, count in counts.items()) or "none"
