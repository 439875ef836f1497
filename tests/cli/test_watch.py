"""The live view."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from rich.console import Console
from websockets.sync.server import ServerConnection, serve

from outcry.cli.failed import ExitCode, Failed
from outcry.cli.watch import _frames, concerns, lines_of
from outcry.wire.views import public
from tests.cli.executions import Exchange


def test_filters_look_at_everybody_involved() -> None:
    """An account sees where it was the maker, and an instrument its halts."""
    exchange = Exchange()
    placed = exchange.order("sell", "5", "10", account="maker")
    traded = exchange.order("buy", "5", "10", account="taker")
    halted = exchange.enter("instrument.state", {"symbol": "AAPL", "state": "halted"})
    assert concerns(traded, "AAPL", "maker", True)
    assert concerns(traded, "", "taker", True)
    assert not concerns(placed, "", "taker", False)
    assert not concerns(placed, "", "", True)
    assert concerns(halted, "AAPL", "", False)
    assert not concerns(halted, "TSLA", "", False)
    assert concerns(exchange.enter("order.created", {"account": "bob"}), "", "bob", False)


def test_a_line_tells_the_trades() -> None:
    """What happened, whose it was and how it stands, and each trade below."""
    exchange = Exchange()
    (placed,) = shown(exchange.order("sell", "5", "10", account="maker"), width=100)
    assert placed.endswith("sell 5 AAPL at 10  new  open 5")
    first, second = shown(exchange.order("buy", "7", "10", account="taker"), width=100)
    assert "taker     accepted  buy 7 AAPL at 10  partially filled 5 at 10  open 2" in first
    assert second.strip() == "traded 5 at 10 with maker"
    assert first.index("accepted") == second.index("traded")


def test_a_line_tells_how_many_orders_went() -> None:
    """A mass cancel, and whose it was."""
    exchange = Exchange()
    exchange.order("sell", "5", "10", account="maker")
    (line,) = shown(
        exchange.enter("order.created", {"op": "cancel_all", "account": "maker"}), width=100
    )
    assert "maker     accepted  cancel_all maker  1 order canceled" in line


def test_a_long_line_goes_on_under_its_beginning() -> None:
    """On a narrow terminal words stay whole, and the times stand alone at the left."""
    exchange = Exchange()
    lines = shown(
        exchange.enter("order.created", {"op": "replace", "client_order_id": "x", "quantity": "1"}),
        60,
    )
    assert len(lines) > 1
    assert all(len(line) <= 60 for line in lines)
    assert all(line.startswith(" " * lines[0].index("rejected")) for line in lines[1:])


def test_without_a_key_a_line_names_nobody() -> None:
    """What everybody may see is shown; who it was, and what was refused, is not known."""
    exchange = Exchange()
    exchange.order("sell", "5", "10", account="maker")
    traded = exchange.order("buy", "5", "10", account="taker")
    first, second = shown(public_form(traded), width=100)
    assert "accepted  buy 5 AAPL at 10  filled 5 at 10" in first
    assert second.strip() == "traded 5 at 10 with another"
    (refused,) = shown(public_form(exchange.order("buy", "5", "10.001")), width=100)
    assert refused.endswith("rejected  new")
    (private,) = shown(public_form(exchange.enter("market.kill", {})), width=100)
    assert private.endswith("accepted  private")


def public_form(execution: object) -> object:
    return json.loads(public(json.dumps(execution).encode()))


def shown(execution: object, width: int) -> list[str]:
    lines = lines_of(Console(width=width), execution)  # type: ignore[arg-type]
    return [line.plain.rstrip() for line in lines]


@contextmanager
def stream(paths: list[str], *connections: list[bytes | tuple[int, str]]) -> Iterator[str]:
    """A trade stream that gives each connection its frames; a pair closes it."""
    coming = iter(connections)

    def handle(connection: ServerConnection) -> None:
        assert connection.request is not None
        paths.append(connection.request.path + connection.request.headers.get("authorization", ""))
        for frame in next(coming, []):
            if isinstance(frame, tuple):
                connection.close(*frame)
                return
            connection.send(frame.decode())
        connection.wait_closed()

    with serve(handle, "127.0.0.1", 0) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"ws://127.0.0.1:{server.socket.getsockname()[1]}/ws"
        finally:
            server.shutdown()
            thread.join()


def frame(seq: int) -> bytes:
    return json.dumps({"seq": seq, "log": "abc"}).encode()


def test_a_lost_stream_goes_on_where_it_was(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """After a break the stream is asked for what followed the last execution seen."""
    monkeypatch.setattr("outcry.cli.watch.RETRY_S", 0)
    paths: list[str] = []
    with stream(paths, [frame(5), frame(6), (1013, "too slow")], [frame(7)]) as url:
        frames = _frames(url, None, "ook_x")
        assert [json.loads(next(frames))["seq"] for _ in range(3)] == [5, 6, 7]
        frames.close()  # type: ignore[attr-defined]
    assert paths == ["/wsBearer ook_x", "/ws?after=6&log=abcBearer ook_x"]
    said = capsys.readouterr().err
    assert "the stream ended (too slow)" in said
    assert "the stream is back" in said


def test_what_the_stream_no_longer_has_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A gap is never silent: a line says so, and the view goes on with what is new."""
    monkeypatch.setattr("outcry.cli.watch.RETRY_S", 0)
    paths: list[str] = []
    with stream(paths, [frame(5), (1013, "too slow")], [(4410, "oldest is 9")], [frame(12)]) as url:
        frames = _frames(url, None, "")
        assert [json.loads(next(frames))["seq"] for _ in range(2)] == [5, 12]
        frames.close()  # type: ignore[attr-defined]
    assert paths == ["/ws", "/ws?after=5&log=abc", "/ws"]
    assert "oldest is 9; showing what is new from now on" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("url", "code"),
    [("ws://127.0.0.1:9/ws", ExitCode.UNREACHABLE), ("nowhere", ExitCode.USAGE)],
)
def test_a_stream_that_is_not_there_is_told(url: str, code: ExitCode) -> None:
    """At the first try, nobody there is an error that says what to do."""
    with pytest.raises(Failed) as failed:
        next(_frames(url, None, ""))
    assert failed.value.code is code
