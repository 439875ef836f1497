"""Market files as they are read."""

import gzip
import re
from pathlib import Path

import pytest

from outcry.cli.failed import ExitCode, Failed
from outcry.cli.replay.market_file import (
    New,
    Step,
    Survey,
    Take,
    price_text,
    read_market,
    survey,
    symbol_of,
)

DOCUMENT = Path(__file__).parents[3] / "docs" / "replay.md"
LINES = (
    '{"op":"new","id":-1,"side":"S","price":2239500,"qty":100,"why":"seed"}\n'
    '{"op":"take","side":"B","price":2239500,"qty":40,"fills":[[-1,40,2239500]],"ids":false}\n'
    '{"op":"top","row":1,"ask":[[2239500,60]],"bid":[]}\n'
)


@pytest.mark.parametrize("name", ["acme-day.jsonl", "acme-day.jsonl.gz"])
def test_a_file_is_read_plain_or_compressed(tmp_path: Path, name: str) -> None:
    """A market file may be compressed; its author's notes are no part of it."""
    path = tmp_path / name
    path.write_bytes(gzip.compress(LINES.encode()) if name.endswith("gz") else LINES.encode())
    first, second, _ = read_market(path)
    assert first == Step(1, New(-1, "S", 2239500, 100))
    assert second == Step(2, Take("B", 2239500, 40, ((-1, 40, 2239500),)))
    assert survey(path) == Survey(commands=2, tops=1, takes=1, fills=1, depth=1)


def test_the_file_of_the_document_is_one(tmp_path: Path) -> None:
    """Who copies the file that docs/replay.md shows has a market file."""
    path = tmp_path / "acme.jsonl"
    shown = re.search(r"^```json\n(.*?)^```$", DOCUMENT.read_text("utf-8"), re.M | re.S)
    assert shown is not None
    path.write_text(shown[1])
    assert survey(path) == Survey(commands=7, tops=2, takes=1, fills=2, depth=1)


def test_a_file_without_commands_is_none(tmp_path: Path) -> None:
    """A replay that checks nothing does not end well."""
    path = tmp_path / "acme.jsonl"
    path.write_text("\n")
    with pytest.raises(Failed, match="holds no command"):
        survey(path)


@pytest.mark.parametrize(
    "line", ["{", '{"op":"lend"}', '{"op":"new","id":1}', '{"op":"cancel","id":"x"}', "[]"]
)
def test_a_line_of_another_form_is_named(tmp_path: Path, line: str) -> None:
    """What cannot be read is told with its place, and is a usage error."""
    path = tmp_path / "acme.jsonl"
    path.write_text(LINES + line + "\n")
    with pytest.raises(Failed, match="line 4") as failed:
        survey(path)
    assert failed.value.code is ExitCode.USAGE


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    """A missing file, or one that is no gzip, is one line."""
    with pytest.raises(Failed, match=r"nothing\.jsonl"):
        survey(tmp_path / "nothing.jsonl")
    (tmp_path / "plain.gz").write_text(LINES)
    with pytest.raises(Failed, match=r"plain\.gz"):
        survey(tmp_path / "plain.gz")


@pytest.mark.parametrize(
    ("name", "symbol"),
    [("amzn-2012-06-21.jsonl.gz", "AMZN"), ("X1.jsonl", "X1"), ("_.jsonl", "MARKET")],
)
def test_the_symbol_comes_from_the_name_of_the_file(name: str, symbol: str) -> None:
    """The instrument of a replay is named after its file."""
    assert symbol_of(Path(name)) == symbol


def test_prices_are_ten_thousandths() -> None:
    """2238100 is 223.81, to the digit."""
    assert [price_text(p) for p in (2238100, 2230000, 1, 10001)] == [
        "223.81",
        "223",
        "0.0001",
        "1.0001",
    ]
