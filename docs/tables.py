"""Tables of a Markdown document, and what the source says for them."""

import ast
import inspect
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from types import ModuleType

_OFF = "\0"
"""Marks a row that is left out."""


def table(headers: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A Markdown table."""
    lines = [headers, ["---"] * len(headers), *rows]
    return "\n".join(f"| {' | '.join(map(_cell, line))} |" for line in lines)


def _cell(value: object) -> str:
    return " ".join(str(value).split()).replace("|", "\\|")


def code(*words: object) -> str:
    """`a`, `b`"""
    return ", ".join(f"`{word}`" for word in words)


def lifted(module: ModuleType, values: Mapping[str, object]) -> str:
    """The table in the docstring of a module, with values for its names.

    A row that names what is None, a bound that is not set, is left out.
    """
    lines = [line.strip() for line in (module.__doc__ or "").splitlines()]
    written = "\n".join(line for line in lines if line.startswith("|"))
    for name, value in values.items():
        written = written.replace(f"`{name}`", _OFF if value is None else str(value))
    rows = [line.strip("|").split("|") for line in written.splitlines() if _OFF not in line]
    return table(rows[0], rows[2:])


def said(owner: type | ModuleType) -> dict[str, str]:
    """Of each name in a class or a module the string that follows it; of bases too."""
    bases = reversed(owner.__mro__) if isinstance(owner, type) else (owner,)
    found: dict[str, str] = {}
    for base in bases:
        try:
            tree = ast.parse(textwrap.dedent(inspect.getsource(base)))
        except (OSError, TypeError):  # a class that is not written in Python
            continue
        head = tree.body[0]
        found |= _said_in(head.body if isinstance(head, ast.ClassDef) else tree.body)
    return found


def _said_in(body: Sequence[ast.stmt]) -> dict[str, str]:
    found = {}
    for named, after in pairwise(body):
        match named, after:
            case (
                ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)),
                ast.Expr(value=ast.Constant(value=str(text))),
            ):
                found[name] = " ".join(text.split())
    return found
