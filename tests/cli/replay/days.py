"""Days of a real market, where they are at hand."""

import os
from pathlib import Path
from typing import NamedTuple

import pytest


class Day(NamedTuple):
    """A market file and what it holds."""

    name: str
    commands: int
    tops: int
    takes: int
    fills: int


DAYS = (
    Day("aapl-2012-06-21-level10-first1000", 947, 903, 63, 97),
    Day("amzn-2012-06-21-level1", 77_658, 52_687, 6_582, 9_022),
)


def file_of(day: Day) -> Path:
    """The file of a day, in $OUTCRY_SHARED or beside the repository; skips where there is none."""
    beside = Path(__file__).parents[4] / "shared"
    folder = Path(os.environ.get("OUTCRY_SHARED", beside)) / "data" / "market"
    path = folder / f"{day.name}.jsonl.gz"
    if not path.exists():
        pytest.skip("the market files are not here: set OUTCRY_SHARED to the folder of shared data")
    return path
