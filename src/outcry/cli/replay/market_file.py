"""A market file: what happened on a market, as commands and what must come of them.

One JSON object a line; prices are whole numbers of 1/10,000, `id`s are the file's own names:

    {"op": "new", "id": 7, "side": "B", "price": 2238100, "qty": 21}     rests, trades with nobody
    {"op": "reduce", "id": 7, "by": 20}                                  keeps its place
    {"op": "replace", "id": 7, "price": 2238200, "qty": 5}               goes to the back
    {"op": "cancel", "id": 7}
    {"op": "take", "side": "S", "price": 2237500, "qty": 9, "fills": [[7, 9, 2238100]]}
    {"op": "top", "ask": [[2239500, 100]], "bid": []}                    what the book shows now

A `take` trades at once with exactly its `fills`, [id, quantity, price] in this order, and never
rests. Other members of a line are its author's notes. Files that end in .gz are compressed.
"""

import gzip
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Literal, NamedTuple

import msgspec

from outcry.cli.failed import ExitCode, Failed

TICK = "0.0001"
_PRICE_UNIT = 10_000
_SYMBOL = re.compile(r"[A-Z0-9]{1,24}")

Side = Literal["B", "S"]
Levels = tuple[tuple[int, int], ...]
"""[price, quantity], the best first."""


class _Line(msgspec.Struct, frozen=True, tag_field="op", gc=False):
    pass


class New(_Line, frozen=True, tag="new", gc=False):
    id: int
    side: Side
    price: int
    qty: int


class Reduce(_Line, frozen=True, tag="reduce", gc=False):
    id: int
    by: int


class Cancel(_Line, frozen=True, tag="cancel", gc=False):
    id: int


class Replace(_Line, frozen=True, tag="replace", gc=False):
    id: int
    price: int
    qty: int


class Take(_Line, frozen=True, tag="take", gc=False):
    side: Side
    price: int
    qty: int
    fills: tuple[tuple[int, int, int], ...]


class Top(_Line, frozen=True, tag="top", gc=False):
    ask: Levels
    bid: Levels


Line = New | Reduce | Cancel | Replace | Take | Top

_decode = msgspec.json.Decoder(Line).decode


class Step(NamedTuple):
    """A line and its number in the file, from 1."""

    number: int
    line: Line


class Survey(NamedTuple):
    """What a file holds. `depth` is how many levels its tops show."""

    commands: int
    tops: int
    takes: int
    fills: int
    depth: int


def read_market(path: Path) -> Iterator[Step]:
    """The lines of a file. Raises Failed: there is no such file, or a line is not of this form."""
    number = 0
    try:
        with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as lines:
            for number, text in enumerate(lines, 1):
                if not text.isspace():
                    yield Step(number, _decode(text))
    except (OSError, EOFError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise Failed(f"{path} cannot be read: {why}", ExitCode.USAGE) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Failed(
            f"{path}, line {number} is not one of a market file (docs/replay.md): {error}",
            ExitCode.USAGE,
        ) from error


def survey(path: Path) -> Survey:
    """Read all of a file once; raises Failed as `read_market` does, and when it has no command."""
    commands = tops = takes = fills = depth = 0
    for _, line in read_market(path):
        if isinstance(line, Top):
            tops += 1
            depth = max(depth, len(line.ask), len(line.bid))
            continue
        commands += 1
        if isinstance(line, Take):
            takes += 1
            fills += len(line.fills)
    if not commands:
        raise Failed(f"{path} holds no command; docs/replay.md has the form", ExitCode.USAGE)
    return Survey(commands, tops, takes, fills, depth)


def symbol_of(path: Path) -> str:
    """ "AMZN" of "amzn-2012-06-21.jsonl.gz"."""
    found = _SYMBOL.match(path.name.upper())
    return found.group() if found else "MARKET"


def price_text(price: int) -> str:
    """ "223.81" of 2238100."""
    whole, rest = divmod(price, _PRICE_UNIT)
    return f"{whole}.{rest:04d}".rstrip("0").rstrip(".")
