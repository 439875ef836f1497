"""What the client commands make of a gateway's answers."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from outcry.cli.failed import ExitCode, Failed
from outcry.cli.gateway_client import Gateway

ORDER = {"symbol": "AAPL"}
ERROR = {"error": {"code": "not_now", "message": "in a while"}}


@contextmanager
def gateway(status: int, body: Any, asked: list[str] | None = None) -> Iterator[Gateway]:
    """A gateway that answers everything alike."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            if asked is not None:
                asked.append(f"{self.path} {self.headers.get('authorization', '')}".strip())
            self.rfile.read(int(self.headers.get("content-length", 0)))
            self.send_response(status)
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = answer  # noqa: N815

        def log_request(self, code: int | str = "", size: int | str = "") -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield Gateway(url=f"http://127.0.0.1:{server.server_port}/base/")
        finally:
            server.shutdown()
            thread.join()


def failure(ask: Any, *args: Any) -> Failed:
    with pytest.raises(Failed) as failed:
        ask(*args)
    return failed.value


@pytest.mark.parametrize("status", [201, 200, 422])
def test_an_execution_is_an_answer_whatever_it_says(status: int) -> None:
    """Accepted, duplicate and rejected orders all come back as executions."""
    with gateway(status, {"result": "rejected", "seq": 3}) as at:
        assert at.order(ORDER)["seq"] == 3


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (400, ExitCode.USAGE),
        (401, ExitCode.REFUSED),
        (403, ExitCode.REFUSED),
        (404, ExitCode.REFUSED),
        (413, ExitCode.USAGE),
        (429, ExitCode.UNREACHABLE),
        (503, ExitCode.UNREACHABLE),
        (500, ExitCode.UNREACHABLE),
    ],
)
def test_what_the_gateway_refuses_has_a_code_for_scripts(status: int, code: ExitCode) -> None:
    """The gateway's own words, and an exit code that tells apart whose turn it is."""
    with gateway(status, ERROR) as at:
        for failed in (failure(at.get, "/orders"), failure(at.order, ORDER)):
            assert str(failed).startswith("in a while (not_now)")
            assert failed.code is code
        assert failure(at.orders, [ORDER]).code is code


def test_an_unknown_result_says_how_to_find_out() -> None:
    """An order without an answer may stand: it is neither accepted nor refused."""
    with gateway(202, {"status": "unknown", "client_order_id": "a1"}) as at:
        failed = failure(at.order, ORDER)
    assert failed.code is ExitCode.UNKNOWN
    assert "outcry status a1" in str(failed)


def test_filters_that_are_empty_are_not_asked_for() -> None:
    """Only what was given is in the question."""
    asked: list[str] = []
    with gateway(200, {"orders": []}, asked) as at:
        at.get("/orders", account="", symbol="BTC/USD", limit=0, before=None)
    assert asked == ["/base/orders?symbol=BTC%2FUSD&limit=0"]


def test_a_key_goes_with_every_request() -> None:
    """The one that was given; what the gateway says of it is told with what to do about it."""
    asked: list[str] = []
    with gateway(401, ERROR, asked) as at:
        by_key = replace(at, key="ook_x")
        assert "--key or OUTCRY_KEY" in str(failure(by_key.get, "/orders"))
        assert not by_key.knows_key()
    assert asked == ["/base/orders Bearer ook_x", "/base/accounts?limit=1 Bearer ook_x"]
    with gateway(403, ERROR) as at:
        assert "`outcry keys list`" in str(failure(at.get, "/audit"))


@pytest.mark.parametrize("body", [b"<html>", b"", b"\xff"])
def test_another_program_on_the_port_is_told_apart(body: bytes) -> None:
    """What does not answer in JSON is no gateway."""
    with gateway(200, body) as at:
        failed = failure(at.get, "/orders")
    assert failed.code is ExitCode.UNREACHABLE
    assert "not a gateway" in str(failed)


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://127.0.0.1:9", ExitCode.UNREACHABLE),
        ("localhost:8080", ExitCode.USAGE),
        ("http://", ExitCode.USAGE),
        ("http://localhost:port", ExitCode.USAGE),
    ],
)
def test_an_address_where_nobody_is(url: str, code: ExitCode) -> None:
    """A wrong address is told apart from an exchange that does not run."""
    assert failure(Gateway(url=url).get, "/orders").code is code
