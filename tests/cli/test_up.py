"""`outcry up` as its user sees it: real processes on free ports."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from outcry.cli.__main__ import main
from outcry.cli.data_folder import KEY, Addresses, find_addresses, read_key
from outcry.cli.demo_keys import FILES
from outcry.cli.failed import ExitCode
from outcry.domain.limits import VERSION
from outcry.runtime.lifecycle import FOREIGN, SUPERSEDED
from tests.cli.replay.days import DAYS, Day, file_of

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(240)]

PATIENCE_S = 60.0
NEXT = int(VERSION) + 1
"""The version of the engine that comes after this one."""
Found = TypeVar("Found")
ANY_PORT = [
    f"--{name}-port=0" for name in ("http", "ws", "nats", "nats-monitor", "ops")
]  # so that nothing is in the way of anybody
MARKET = (
    '{"op":"new","id":1,"side":"S","price":1000000,"qty":5}\n'
    '{"op":"take","side":"B","price":1000000,"qty":3,"fills":[[1,3,1000000]]}\n'
    '{"op":"top","ask":[[1000000,2]],"bid":[]}\n'
)


def command(folder: Path, *options: str) -> list[str]:
    given = {option.partition("=")[0] for option in options}
    ports = [option for option in ANY_PORT if option.partition("=")[0] not in given]
    return [sys.executable, "-m", "outcry.cli", "up", *ports, f"--data-dir={folder}", *options]


class Up:
    """A running `outcry up`, with what it printed."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.folder = folder
        self.errors = folder.with_suffix(".err")
        with self.errors.open("ab") as errors:
            self.process = subprocess.Popen(
                command(folder, "--durability=process", *options),
                stdout=subprocess.PIPE,
                stderr=errors,
                env={name: value for name, value in os.environ.items() if "OUTCRY" not in name},
            )

    def ready(self) -> Addresses:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if b"Ctrl-C stops" in line:
                break
        addresses = until(lambda: find_addresses(self.folder), self.errors)
        assert addresses.pid == self.process.pid
        return addresses

    def end(self, number: int) -> int:
        """Send it a signal; gives its exit code once it and all that it started are gone."""
        self.process.send_signal(number)
        self.process.communicate(timeout=PATIENCE_S)  # the services hold its standard output
        return self.process.returncode


def until(condition: Callable[[], Found | None], errors: Path) -> Found:
    give_up = time.monotonic() + PATIENCE_S
    while time.monotonic() < give_up:
        found = condition()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError(errors.read_text())


@contextmanager
def running(folder: Path, *options: str) -> Iterator[Up]:
    up = Up(folder, *options)
    try:
        yield up
    finally:
        if up.process.poll() is None:
            up.end(signal.SIGTERM)


def test_a_day_of_trading(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Start, trade, look, replay, lose NATS, stop; the next start goes on from there, with the same
    keys, which the commands find in the data folder."""
    folder = tmp_path / "data"
    monkeypatch.setenv("OUTCRY_DATA_DIR", str(folder))

    def outcry(*arguments: str, at: str = "--url") -> int:
        where = [at, addresses.http_url] if at == "--url" else ["--data-dir", str(folder)]
        return main([*arguments, *where])

    with running(folder) as up:
        addresses = up.ready()
        assert outcry("order", "buy", "10", "aapl", "--limit", "189.50") == ExitCode.OK
        assert "filled 10 at 189.5" in capsys.readouterr().out
        assert outcry("order", "buy", "10", "AAPL", "--limit", "189.505") == ExitCode.REFUSED
        assert outcry("instrument", "halt", "AAPL", at="--data-dir") == ExitCode.OK
        assert outcry("order", "buy", "10", "AAPL") == ExitCode.REFUSED
        assert outcry("instrument", "open", "AAPL", at="--data-dir") == ExitCode.OK
        capsys.readouterr()
        outcry("book", "AAPL")
        assert "189.48" in capsys.readouterr().out
        key = (folder / KEY).read_text()
        assert outcry("audit") == ExitCode.REFUSED
        monkeypatch.setenv("OUTCRY_KEY", read_key(folder / FILES.admin))
        assert outcry("audit") == ExitCode.OK
        monkeypatch.delenv("OUTCRY_KEY")
        replay(outcry, folder, tmp_path)
        capsys.readouterr()

        nats = int((folder / "nats" / "lock").read_text())
        os.kill(nats, signal.SIGKILL)
        until(lambda: "nats-server ended" in up.errors.read_text(), up.errors)
        order = ("order", "buy", "1", "AAPL", "--limit", "189.5", "--client-order-id", "after")
        until(lambda: outcry(*order) == ExitCode.OK, up.errors)
        before = positions(outcry, capsys)
        assert up.end(signal.SIGTERM) == 0
    assert find_addresses(folder) is None
    with running(folder) as up:
        addresses = up.ready()
        assert positions(outcry, capsys) == before
        assert before["demo", "AAPL"] == "11"
        assert (folder / KEY).read_text() == key
        assert up.end(signal.SIGINT) == 0


def test_an_upgrade_ends_everything(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Behind the mark of a newer engine this program is of no use: it says so, once and again."""
    folder = tmp_path / "data"
    with running(folder) as up:
        up.ready()
        at = f"--data-dir={folder}"
        assert main(["upgrade", "--yes", at]) == ExitCode.REFUSED
        assert "an upgrade goes to a newer one" in capsys.readouterr().out
        assert main(["upgrade", f"--to={NEXT + 1}", "--yes", at]) == ExitCode.USAGE
        assert f"engine {NEXT + 1} is not the next" in capsys.readouterr().err
        assert main(["upgrade", f"--to={NEXT}", at]) == ExitCode.USAGE
        assert main(["verify", at]) == ExitCode.OK
        assert main(["upgrade", f"--to={NEXT}", "--yes", at]) == ExitCode.OK
        up.process.communicate(timeout=PATIENCE_S)
        assert up.process.returncode == SUPERSEDED
    told = f"hands this log over to engine {NEXT}: everything up to it is answered"
    assert told in last_line(up.errors)
    with running(folder) as up:
        up.process.communicate(timeout=PATIENCE_S)
        assert up.process.returncode == SUPERSEDED
    assert told in last_line(up.errors)
    capsys.readouterr()
    assert main(["verify", at]) == ExitCode.OK
    assert f"where engine {NEXT} goes on" in capsys.readouterr().out


def last_line(errors: Path) -> str:
    return errors.read_text().splitlines()[-1]


def test_a_log_that_is_replaced_ends_everything(tmp_path: Path) -> None:
    """No service is started again on another log than it was on; the user is told what to do."""
    with running(tmp_path / "data", "--no-demo") as up:
        up.ready()
        nats = int((up.folder / "nats" / "lock").read_text())
        shutil.rmtree(up.folder / "nats" / "jetstream")
        os.kill(nats, signal.SIGKILL)
        up.process.communicate(timeout=PATIENCE_S)
        assert up.process.returncode == FOREIGN
        assert "start all services again" in up.errors.read_text().splitlines()[-1]
    with running(tmp_path / "data", "--no-demo") as up:
        up.process.communicate(timeout=PATIENCE_S)
        assert up.process.returncode == FOREIGN
        assert "books.db" in up.errors.read_text().splitlines()[-1]


@pytest.mark.slow
@pytest.mark.parametrize("day", DAYS, ids=lambda day: day.name)
def test_a_real_day_goes_through_the_running_system(
    day: Day, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """At full speed, without one difference, and the books hold exactly its trades."""
    path = str(file_of(day))
    with running(tmp_path / "data", "--no-demo") as up:
        where = ["--url", up.ready().http_url, "--data-dir", str(up.folder), "--json"]
        code = main(["replay", path, *where])
        report = json.loads(capsys.readouterr().out)
    assert report["shown"] == []
    assert code == ExitCode.OK
    figures = ("commands", "tops", "takes", "fills")
    assert tuple(report[figure] for figure in figures) == day[1:]
    assert report["booked"] == day.fills


def replay(outcry: Callable[..., int], folder: Path, tmp_path: Path) -> None:
    market = tmp_path / "acme-day.jsonl"
    market.write_text(MARKET)
    assert outcry("replay", str(market), "--data-dir", str(folder)) == ExitCode.OK
    market.write_text(MARKET.replace("[1000000,2]", "[1000000,1]"))
    assert outcry("replay", str(market), "--data-dir", str(folder)) == ExitCode.REFUSED


def positions(
    outcry: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> dict[tuple[str, str], str]:
    capsys.readouterr()
    outcry("positions", "--json")
    found = json.loads(capsys.readouterr().out)["positions"]
    return {(each["account"], each["symbol"]): each["quantity"] for each in found}


def test_a_stop_drains(tmp_path: Path) -> None:
    """Ctrl-C lets every service end by itself: its clients are told so, and none is killed."""
    with (
        running(tmp_path / "data", "--no-demo") as up,
        connect(up.ready().ws_url, proxy=None) as stream,
    ):
        assert up.end(signal.SIGINT) == 0
        with pytest.raises(ConnectionClosed, match="1001"):
            stream.recv()
    left = {path.name for path in up.folder.glob("books.db*")}
    assert left == {"books.db"}, "the broker has closed its database"


def test_nothing_outlives_a_killed_exchange(tmp_path: Path) -> None:
    """Even kill -9 leaves nothing running, and a next start at once finds the folder free."""
    up = Up(tmp_path / "data", "--no-demo")
    up.ready()
    nats = int((tmp_path / "data" / "nats" / "lock").read_text())
    assert up.end(signal.SIGKILL) == -signal.SIGKILL
    with running(tmp_path / "data", "--no-demo") as again:
        again.ready()
    until(lambda: is_gone(nats), up.errors)


def is_gone(pid: int) -> bool:
    """Whether a process has ended, though nobody may have asked for its exit code."""
    state = subprocess.run(
        ["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return state.stdout.strip()[:1] in ("", "Z")


def test_a_folder_in_use_is_left_alone(tmp_path: Path) -> None:
    """A second exchange on the same folder says so, and the first one does not notice."""
    with running(tmp_path / "data", "--no-demo") as up:
        up.ready()
        second = Up(tmp_path / "data", "--no-demo")
        second.process.communicate(timeout=PATIENCE_S)
        assert second.process.returncode == 1
        said = up.errors.read_text()
        assert "is in use by another `outcry up`" in said
        assert "--data-dir" in said
        assert main(["instrument", "list", "ACME", "--tick=1", f"--data-dir={up.folder}"]) == 0


def test_what_cannot_start_says_why_and_leaves_nothing(tmp_path: Path) -> None:
    """A port that is taken, a folder that cannot be: one line, exit code 1, no process."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        for folder, option, said in (
            (tmp_path, f"--http-port={port}", "--http-port"),
            (tmp_path, f"--nats-monitor-port={port}", "--nats-monitor-port"),
            (tmp_path, "--host=192.0.2.1", "--host"),
            (Path("/dev/null/data"), "--no-demo", "--data-dir"),
        ):
            ended = subprocess.run(
                command(folder, option),
                capture_output=True,
                text=True,
                check=False,
                timeout=PATIENCE_S,  # it ends when all that hold its output have ended
            )
            assert ended.returncode == 1
            assert said in ended.stderr
            assert ended.stderr.count("\n") == 1


def test_a_nats_of_another_mode_is_refused(tmp_path: Path) -> None:
    """A server that does not keep what --durability disk promises is not used."""
    with running(tmp_path / "data", "--no-demo") as up:  # of durability process
        addresses = up.ready()
        ended = subprocess.run(
            command(
                tmp_path / "other",
                f"--nats-url={addresses.nats_url}",
                f"--nats-monitor-url={addresses.nats_monitor_url}",
            ),
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE_S,
        )
        assert ended.returncode == 1
        assert "sync_interval" in ended.stderr
        assert ended.stderr.count("\n") == 1
