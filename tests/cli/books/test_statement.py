"""`outcry statement`: a period of an account as CSV, between its opening and closing balance."""

import csv
from contextlib import closing
from pathlib import Path

import pytest

from outcry.broker.database import open_database
from outcry.cli.__main__ import main
from outcry.cli.books.shadow import Shadow
from outcry.cli.failed import ExitCode
from tests.broker.keeping import Recorded

DAY_NS = 86_400 * 10**9
JANUARY_NS = 1_767_225_600 * 10**9
"""2026-01-01."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Ann is funded on the first, buys on the second, sells on the third of January 2026."""
    venue = Recorded("ACME")
    venue.send("account.open", {"account": "ann", "access": "open"}, JANUARY_NS)
    funds = {"account": "ann", "amount": "100", "transfer_id": "wire-1"}
    venue.send("account.deposit", funds, JANUARY_NS)
    venue.send("instrument.set", {"symbol": "ACME", "taker_fee": "0.01"}, JANUARY_NS)

    def trade(side: str, quantity: str, day: int) -> None:
        order = {"symbol": "ACME", "quantity": quantity, "price": "5"}
        other = "sell" if side == "buy" else "buy"
        at = JANUARY_NS + day * DAY_NS
        venue.send("order.created", order | {"side": other, "account": "bob"}, at)
        venue.send("order.created", order | {"side": side, "account": "ann"}, at + 1)

    trade("buy", "4", 1)
    trade("sell", "1", 2)
    with closing(open_database(f"sqlite:///{tmp_path}/books.db")) as database:
        Shadow(database).book(venue.entries)
    return tmp_path


def lines(text: str) -> list[dict[str, str]]:
    return [
        {name: value for name, value in line.items() if value and name not in ("seq", "reference")}
        for line in csv.DictReader(text.splitlines())
    ]


BOUGHT = {
    "time": "2026-01-02T00:00:00.000000001Z",
    "kind": "trade",
    "symbol": "ACME",
    "side": "buy",
    "quantity": "4",
    "price": "5",
    "amount": "-20",
    "fee": "0.2",
    "cash": "79.8",
}


def test_a_whole_life(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without a period: everything, from nothing to what is there."""
    assert main(["statement", "ann", f"--data-dir={folder}"]) == ExitCode.OK
    assert lines(capsys.readouterr().out) == [
        {"kind": "opening balance", "cash": "0"},
        {
            "time": "2026-01-01T00:00:00.000000000Z",
            "kind": "deposit",
            "amount": "100",
            "cash": "100",
        },
        BOUGHT,
        BOUGHT
        | {
            "time": "2026-01-03T00:00:00.000000001Z",
            "side": "sell",
            "quantity": "1",
            "amount": "5",
            "fee": "0.05",
            "cash": "84.75",
        },
        {"kind": "closing balance", "cash": "84.75"},
    ]


def test_a_period(folder: Path, tmp_path: Path) -> None:
    """From a time on, up to before another, into a file; the balances are those of then."""
    file = tmp_path / "ann.csv"
    period = ["--from=2026-01-02", "--to=2026-01-03T01:00:00+01:00"]
    assert main(["statement", "ann", *period, f"--output={file}", f"--data-dir={folder}"]) == 0
    assert lines(file.read_text()) == [
        {"time": "2026-01-02T00:00:00.000000000Z", "kind": "opening balance", "cash": "100"},
        BOUGHT,
        {"time": "2026-01-03T00:00:00.000000000Z", "kind": "closing balance", "cash": "79.8"},
    ]


def test_a_period_in_which_nothing_happened(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Both balances are the same."""
    assert main(["statement", "ann", "--from=2027-01-01", f"--data-dir={folder}"]) == ExitCode.OK
    opening, closing_ = lines(capsys.readouterr().out)
    assert opening["cash"] == closing_["cash"] == "84.75"


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["eve"], ExitCode.REFUSED, "no account eve"),
        (["ann", "--from=yesterday"], ExitCode.USAGE, "--from yesterday is no time"),
        (["ann", "--output=/nowhere/ann.csv"], ExitCode.REFUSED, "cannot be written"),
    ],
)
def test_what_cannot_be_told_is_refused(
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    code: ExitCode,
    says: str,
) -> None:
    """In one line."""
    assert main(["statement", *arguments, f"--data-dir={folder}"]) == code
    assert says in capsys.readouterr().err
