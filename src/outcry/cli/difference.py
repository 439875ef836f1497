"""What a verification found: the first place where something is not what follows from the log."""

from collections.abc import Iterator
from typing import Any

import msgspec
from rich.console import Console

from outcry.cli.tables import print_json
from outcry.domain.digest import extend
from outcry.wire.executions import split_digest

SHOWN_MAX = 200
"""Characters of a value that are shown."""


class Difference(Exception):
    """Where it is, and what stands there instead of what."""

    def __init__(self, where: str, expected: object, found: object, note: str = "") -> None:
        self.where = where
        self.expected = _shown(expected)
        self.found = _shown(found)
        self.note = note
        super().__init__(where)


def show_difference(difference: Difference, *, as_json: bool) -> None:
    if as_json:
        names = ("where", "expected", "found", "note")
        print_json({"difference": {name: getattr(difference, name) for name in names}})
        return
    console = Console(highlight=False)
    console.print("difference", style="bold red")
    for name in ("where", "expected", "found", "note"):
        if value := getattr(difference, name):
            console.print(f"  {name + ':':9} {value}", markup=False, soft_wrap=True)


def answer_difference(entry: int, before: bytes, expected: bytes, found: bytes) -> Difference:
    """How the stored answer to `entry` differs from the engine's; `before` is the digest before.

    Names the execution by its place in the answer and by its `seq`, and the first field of it.
    """
    note = _note(before, found)
    try:
        stored = msgspec.json.decode(found)
    except (msgspec.DecodeError, UnicodeDecodeError):
        at = next(_unequal(expected, found))
        where = f"EXECUTIONS, entry {entry}: byte {at}, which makes it unreadable"
        return Difference(where, expected[at : at + 40], found[at : at + 40], note)
    right = msgspec.json.decode(expected)
    for path, wanted, there in _paths(right, stored):
        place, _, field = path.partition(".")
        index = int(place.strip("[]") or 0) if place else -1
        if index < 0 or index >= len(right):
            return Difference(f"EXECUTIONS, entry {entry}: its executions", wanted, there, note)
        where = f"EXECUTIONS, entry {entry}, execution {index} of it (seq {right[index]['seq']})"
        return Difference(f"{where}: {field or 'all of it'}", wanted, there, note)
    at = next(_unequal(expected, found))  # the same values, written otherwise
    where = f"EXECUTIONS, entry {entry}: byte {at}"
    return Difference(where, expected[at : at + 40], found[at : at + 40], note)


def _note(before: bytes, found: bytes) -> str:
    """Which of the two logs is at fault, as far as the chain tells."""
    try:
        bare, written = split_digest(found)
    except ValueError:
        return "the stored answer carries no digest: EXECUTIONS is damaged here"
    if extend(before, bare) != written:
        return (
            "the stored answer does not hash to the digest that it carries: EXECUTIONS is damaged "
            "here; `outcry executions rebuild` makes it anew from ORDERS"
        )
    return (
        "the stored answer hashes to the digest that it carries: ORDERS is not what was answered, "
        "or the answers are of another engine"
    )


def _unequal(expected: bytes, found: bytes) -> Iterator[int]:
    for at, (left, right) in enumerate(zip(expected, found, strict=False)):
        if left != right:
            yield at
    yield min(len(expected), len(found))


def _paths(expected: Any, found: Any, path: str = "") -> Iterator[tuple[str, Any, Any]]:
    """The places where two JSON values differ, in the order in which they are written."""
    if isinstance(expected, dict) and isinstance(found, dict):
        for name in [*expected, *(name for name in found if name not in expected)]:
            inner = f"{path}.{name}" if path else name
            yield from _paths(expected.get(name), found.get(name), inner)
    elif isinstance(expected, list) and isinstance(found, list) and len(expected) == len(found):
        for place, (left, right) in enumerate(zip(expected, found, strict=True)):
            yield from _paths(left, right, f"{path}[{place}]")
    elif isinstance(expected, list) and isinstance(found, list) and not path:
        yield path, f"{len(expected)} executions", f"{len(found)}"
    elif expected != found or type(expected) is not type(found):
        yield path, expected, found


def _shown(value: object) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, bytes):
        value = value.decode(errors="backslashreplace")
    text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
    return text if len(text) <= SHOWN_MAX else f"{text[:SHOWN_MAX]}… ({len(text)} characters)"
