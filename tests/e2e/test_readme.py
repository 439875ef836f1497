"""The README as its reader uses it: a fresh copy, its commands one after the other, what they show.

Free ports stand in for those of the README, which somebody else may have. What runs in containers
is left out.
"""

import json
import os
import re
import select
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.waiting import free_ports

ROOT = Path(__file__).parent.parent.parent
LEFT_BEHIND = shutil.ignore_patterns(
    ".git", ".venv", ".tools*", "data", "dist", ".*_cache", ".hypothesis", "__pycache__"
)
OURS = re.compile(r"OUTCRY_|ARGS|MAKE|MFLAGS|NATS_|PYTHON|VIRTUAL_ENV")
"""Variables of this process that are no business of a reader's shell."""
PATIENCE_S = 60.0
TRIES = 100
PAGE = re.compile(r"`(http://localhost:\d+/[^`]*|http://localhost:8222)`")
"""An address of the README that shows something."""
MORE = ", …"
"""Stands in an answer of the README for further fields."""

RUN = "make run"
IN_CONTAINERS = "docker-compose up --build"
WATCH = ".venv/bin/outcry watch"
ORDER = "curl -X POST"
KEY = '-H "Authorization: Bearer $(cat data/key)"'
SHOWS = {
    f"curl localhost:8080/orders {KEY}": '"status":"filled","filled_quantity":"10"',
    "curl localhost:8080/book/AAPL": '"asks":[["189.5","90",1],',
    f"curl localhost:8080/positions {KEY}": '{"account":"demo","symbol":"AAPL","quantity":"10"',
    ".venv/bin/outcry order buy 10 AAPL --limit 189.50": "filled 10 at 189.5",
    ".venv/bin/outcry orders": "filled",
    ".venv/bin/outcry account show demo": "996,210.00",
    ".venv/bin/outcry book AAPL": "spread",
    ".venv/bin/outcry order sell 10 AAPL --stop 189.48": "held  open 10",
    ".venv/bin/outcry order sell 1 AAPL --limit 189.48": "filled 1 at 189.48",
    ".venv/bin/outcry order sell 5 AAPL --stop 180 --limit 179": "held  open 5",
    ".venv/bin/outcry order sell 5 AAPL --trail 2": "held  open 5",
    ".venv/bin/outcry order sell 5 AAPL --oco --limit 200 --stop 180": "new  open 5",
    ".venv/bin/outcry order buy 10 AAPL --limit 189 --take-profit 200 --stop-loss 180": "exit",
    ".venv/bin/outcry cancel --all": "canceled",
    ".venv/bin/outcry account open ann --type margin --shorting": "ann  margin x2, shorting",
    ".venv/bin/outcry account deposit ann 50000": "ann  cash 50,000.00",
    ".venv/bin/outcry account set ann --max-position 500 --max-order-rate 100": "max_position 500",
    ".venv/bin/outcry keys create --account ann": "ook_",
    ".venv/bin/outcry instrument set AAPL --price-band 0.1 --taker-fee 0.0005": "accepted",
    ".venv/bin/outcry market kill --account ann": "accepted  market.kill ann",
    ".venv/bin/outcry market release --account ann": "accepted  market.release ann",
    ".venv/bin/outcry keys list": "trade  ann",
    ".venv/bin/outcry account show ann --key $(cat data/admin-key)": "50,000.00",
    ".venv/bin/outcry audit --key $(cat data/admin-key)": "market.release",
    ".venv/bin/outcry reconcile": "no difference",
    ".venv/bin/outcry statement demo": "189.5",
}
"""What stands in the output of a command."""


class Block(NamedTuple):
    """A piece of code in the README."""

    language: str
    text: str


def blocks(name: str = "README.md") -> list[Block]:
    text = (ROOT / name).read_text(encoding="utf-8")
    return [Block(*found) for found in re.findall(r"^```(\w+)\n(.*?)^```$", text, re.M | re.S)]


def commands() -> list[str]:
    return [
        line for block in blocks() if block.language == "sh" for line in block.text.splitlines()
    ]


class Reader:
    """Somebody in a fresh copy of the repository, with ports that are his own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        names = ("HTTP_PORT", "WS_PORT", "NATS_PORT", "NATS_MONITOR_PORT")
        self.ports = dict(zip(names, free_ports(len(names)), strict=True))
        usual = ("8080", "8081", "4222", "8222")
        self._moved = dict(zip(usual, self.ports.values(), strict=True))
        self._environment = {k: v for k, v in os.environ.items() if not OURS.match(k)}
        self._environment |= {f"OUTCRY_{name}": str(port) for name, port in self.ports.items()}
        self._environment |= {
            "OUTCRY_OPS_PORT": "0",
            "OUTCRY_URL": f"http://localhost:{self.ports['HTTP_PORT']}",
            "OUTCRY_WS_URL": f"ws://localhost:{self.ports['WS_PORT']}/ws",
            "NO_PROXY": "localhost,127.0.0.1",
        }

    def begin(self, command: str) -> "subprocess.Popen[str]":
        """Start a command that goes on; `end` ends it."""
        return subprocess.Popen(
            ["/bin/sh", "-c", f"exec {self._here(command)}"],
            cwd=self.folder,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def run(self, command: str) -> str:
        """What a command prints."""
        done = subprocess.run(
            ["/bin/sh", "-c", self._here(command)],
            cwd=self.folder,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )
        assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
        return done.stdout

    def sees(self, endless: str) -> str:
        """The first line that an endless command prints while orders come in."""
        process = self.begin(endless)
        try:
            assert process.stdout is not None
            for _ in range(TRIES):
                self.run(next(line for line in commands() if line.startswith(ORDER)))
                if select.select([process.stdout], [], [], 0.2)[0]:
                    return process.stdout.readline()
                assert process.poll() is None, f"{endless} ended with {process.returncode}"
        finally:
            end(process)
        raise AssertionError(f"{endless} shows nothing")

    def write(self, name: str, text: str) -> None:
        """Save a piece of code."""
        (self.folder / name).write_text(self._here(text), encoding="utf-8")

    def _here(self, text: str) -> str:
        return re.sub(r"(?<=localhost:)\d{4}", lambda port: str(self._moved[port[0]]), text)


def end(process: "subprocess.Popen[str]") -> None:
    """Press Ctrl-C, and wait for the end."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGINT)
    try:
        process.communicate(timeout=PATIENCE_S)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        raise


@contextmanager
def open_venue(reader: Reader) -> Iterator[str]:
    """`make run` while the block runs; gives what it says when it is ready."""
    process = reader.begin(RUN)
    said = ""
    try:
        assert process.stdout is not None
        for line in process.stdout:
            said += line
            if "Ctrl-C stops all of it" in line:
                break
        assert process.poll() is None, said
        yield said
    finally:
        end(process)


@pytest.fixture
def reader(tmp_path: Path) -> Reader:
    missing = [tool for tool in ("make", "curl") if shutil.which(tool) is None]
    if missing:
        pytest.skip(f"the README's commands need {', '.join(missing)}")
    return Reader(shutil.copytree(ROOT, tmp_path / "openoutcry", ignore=LEFT_BEHIND))


@pytest.mark.timeout(600)  # it installs everything
def test_the_readme_is_true(reader: Reader) -> None:
    """In a fresh copy every command of the README works, and shows what the README says.

    So does the guest of docs/protocol.md.
    """
    first_order = next(line for line in commands() if line.startswith(ORDER))
    answer = next(block.text for block in blocks() if block.language == "json")
    python = next(block.text for block in blocks() if block.language == "python")
    guest = next(b.text for b in blocks("docs/protocol.md") if "nats.connect(" in b.text)
    with open_venue(reader) as said:
        assert f"http://localhost:{reader.ports['HTTP_PORT']}" in said
        assert shows(json.loads(reader.run(first_order)), shortened(answer))
        for command in commands():
            if command in SHOWS:
                assert SHOWS[command] in reader.run(command), command
        assert "buy 10 AAPL at 189.5" in reader.sees(WATCH)
        for address in PAGE.findall((ROOT / "README.md").read_text(encoding="utf-8")):
            assert reader.run(f"curl -sSf {address}"), address
        reader.write("stream.py", python)
        assert '"symbol":"AAPL"' in reader.sees(".venv/bin/python -u stream.py")
        reader.write("guest.py", guest)
        assert "'symbol': 'AAPL'" in reader.run(".venv/bin/python guest.py")
    assert not any(answers(port) for port in reader.ports.values()), "Ctrl-C stops all of it"
    with open_venue(reader):
        assert '"seq":141,' in reader.run(f"curl -s localhost:8080/trades {KEY}"), "it goes on"


def test_every_command_of_the_readme_is_tried() -> None:
    """No command stands in the README that the test above does not run, but the containers."""
    tried = {RUN, WATCH, *SHOWS}
    assert {c for c in commands() if not c.startswith(ORDER)} == tried | {IN_CONTAINERS}


def shortened(answer: str) -> Any:
    """The answer in the README as JSON, without what is left out of it."""
    return json.loads(answer.replace(MORE, ""))


def shows(whole: Any, part: Any) -> bool:
    """Whether an answer has all that `part` shows of it; … ends a text that goes on."""
    match part:
        case dict():
            return all(name in whole and shows(whole[name], part[name]) for name in part)
        case list():
            return len(whole) == len(part) and all(map(shows, whole, part))
        case str() if part.endswith("…"):
            return str(whole).startswith(part[:-1])
    return bool(whole == part)


def answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
