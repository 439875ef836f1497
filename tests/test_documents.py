"""What the documents say is so: made sections are fresh, links lead somewhere, quotes are true."""

import ast
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from types import ModuleType

import pytest

from docs.__main__ import DOCUMENTS
from docs.example import TRADE, answers
from docs.protocol import bounds_of_requests, closings_of_sessions
from docs.sections import Document
from docs.tables import lifted
from outcry.orders.answer import Desk

ROOT = Path(__file__).parent.parent
FOLDERS = ("src", "tests", "sim", "chaos", "bench", "docs")
WRITTEN = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
LINK = re.compile(r"\]\(([^)#\s]+)?(#[^)\s]+)?\)")
PYTHON = re.compile(r"^```python\n(.*?)^```$", re.DOTALL | re.MULTILINE)
ANY = "…"
"""Stands in the documents for what differs: names, numbers, the rest of a sentence."""

every_text = pytest.mark.parametrize("path", WRITTEN, ids=lambda path: str(path.relative_to(ROOT)))


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.path.name)
def test_what_is_made_is_fresh(document: Document) -> None:
    """The sections that are made from the source say what the source says now."""
    fresh = document.renewed() == document.path.read_text(encoding="utf-8")
    assert fresh, f"{document.path.name} is stale; renew it with: .venv/bin/python -m docs"


def test_a_section_without_a_maker_is_told(tmp_path: Path) -> None:
    """A mark that nothing is made for is an error, and so is what is made for no mark."""
    path = tmp_path / "a.md"
    path.write_text("<!-- made: b -->\n<!-- end -->\n")
    with pytest.raises(ValueError, match="marks b; made are c"):
        Document(path, {"c": lambda: ""}).renewed()
    assert Document(path, {"b": lambda: "x"}).renewed() == "<!-- made: b -->\n\nx\n\n<!-- end -->\n"


@every_text
def test_links_lead_somewhere(path: Path) -> None:
    """Every link to another file of the repository finds it, and its heading."""
    broken = []
    for target, heading in LINK.findall(path.read_text(encoding="utf-8")):
        if "://" in target:
            continue
        file = path.parent / target if target else path
        if not file.exists() or (heading and heading[1:] not in headings(file)):
            broken.append(f"{target}{heading}")
    assert not broken


def headings(path: Path) -> set[str]:
    """The anchors of a Markdown file."""
    found = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in found}


@every_text
def test_files_that_are_named_are_there(path: Path) -> None:
    """What a document names as the place of a rule, or as the test that holds it, is a file."""
    named = re.findall(r"`([\w/]+\.(?:py|txt))`", path.read_text(encoding="utf-8"))
    there = [file.as_posix() for folder in FOLDERS for file in (ROOT / folder).rglob("*.*")]
    assert [name for name in named if not any(file.endswith(f"/{name}") for file in there)] == []


def test_a_history_is_verified_as_the_protocol_says() -> None:
    """The code in protocol.md gives the engine's digest, and finds an answer that was changed."""
    text = (ROOT / "docs" / "protocol.md").read_text(encoding="utf-8")
    code = next(code for code in re.findall(PYTHON, text) if "def verify(" in code)
    space: dict[str, object] = {}
    exec(code, space)
    verify = space["verify"]
    assert callable(verify)
    history = answers()
    assert verify(history) == history[-1].decode()[-35:-3]
    with pytest.raises(ValueError, match=f"entry {TRADE} "):
        verify([answer.replace(b'"quantity":"10"', b'"quantity":"11"') for answer in history])
    assert verify([]) == Desk().engine.digest.hex()


def test_lines_that_are_explained_are_said() -> None:
    """Each line that operating.md tells what to do about is one that the source says."""
    text = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")
    section = text.partition("## What to do when")[2].partition("\n## ")[0]
    lines = re.findall(r"^\| (?:503 |202 |429 )?`(.+?)` \|", section, re.MULTILINE)
    assert len(lines) > 20
    assert [line for line in lines if not is_said(line)] == []


def is_said(line: str) -> bool:
    """Whether the source says `line`, with something where … stands."""
    pieces = [piece for piece in line.removeprefix("not sent: ").split(ANY) if piece.strip()]
    pattern = re.compile(".*".join(map(re.escape, pieces)))
    return any(pattern.search(said) for said in sayings())


@cache
def sayings() -> list[str]:
    """Every text of the source, with … for what is put into it."""
    found = []
    for path in (ROOT / "src").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Constant(value=str(text)):
                    found.append(text)
                case ast.JoinedStr(values=values):
                    parts = [v.value if isinstance(v, ast.Constant) else ANY for v in values]
                    found.append("".join(map(str, parts)))
    return found


def test_closings_of_the_trade_stream_are_told() -> None:
    """protocol.md lists each code that the trade stream closes a client with, and no other."""
    source = "".join(path.read_text("utf-8") for path in (ROOT / "src/outcry/stream").glob("*.py"))
    given = set(re.findall(r"Closing\((\d{4}), ", source)) - {"1000"}  # 1000 answers the client's
    by_picows = {"1001", "1009"}
    text = (ROOT / "docs" / "protocol.md").read_text(encoding="utf-8")
    section = text.partition("## The trade stream")[2].partition("\n## ")[0]
    assert set(re.findall(r"^\| (\d{4}) \|", section, re.MULTILINE)) == given | by_picows


def test_a_table_is_lifted_with_its_values() -> None:
    """A table in a docstring is taken over with numbers for names, and without what is off."""
    module = ModuleType("m", "Says:\n\n| over | is |\n|---|---|\n| `a` s | b |\n| `c` | d |\n")
    assert lifted(module, {"a": 3, "c": None}) == "| over | is |\n| --- | --- |\n| 3 s | b |"


@pytest.mark.parametrize("section", [bounds_of_requests, closings_of_sessions])
def test_no_name_of_the_source_is_left_in_a_table(section: Callable[[], str]) -> None:
    """What a bound is called in the source says nothing to a reader: the number stands there."""
    assert not re.findall(r"`\w+_\w+`", section())
