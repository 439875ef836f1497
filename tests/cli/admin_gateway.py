"""A gateway that takes admin commands for a real engine, as far as the command line asks for it."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import parse_qsl

from outcry.cli.__main__ import main
from outcry.cli.operate.keys import creation
from outcry.wire.keys import new_key, parse_key
from tests.cli.executions import Exchange


class AdminGateway:
    """`asked` are the commands as they came."""

    def __init__(self, exchange: Exchange, url: str) -> None:
        self.exchange = exchange
        self.url = url
        self.key = new_key()
        self.asked: list[dict[str, Any]] = []
        exchange.enter("key.create", creation(self.key, "admin", (), "tests"))

    def outcry(self, *words: str) -> int:
        """Run a command of the operator by the admin key; gives its exit code."""
        return main([*words, "--url", self.url, "--key", self.key])

    def read(self, path: str) -> dict[str, Any]:
        """What the books tell of switches."""
        killed, symbols, accounts = self.exchange.switches
        if path == "/instruments":
            listed = [{"symbol": "AAPL", "killed": "AAPL" in symbols}]
            return {"instruments": listed, "killed": killed}
        return {"account": {"killed": path.removeprefix("/accounts/") in accounts}}

    def page_of_keys(self, asked: dict[str, str]) -> dict[str, Any]:
        """One key a page, whatever was asked."""
        place, keys = int(asked.get("after", 0)), self.exchange.keys
        page: dict[str, Any] = {"seq": 1, "keys": keys[place : place + 1]}
        return page | ({"next": str(place + 1)} if place + 1 < len(keys) else {})

    def take(self, authorization: str, command: dict[str, Any]) -> Any:
        key = parse_key(authorization.removeprefix("Bearer "))
        assert key is not None
        self.asked.append(command)
        return self.exchange.enter("order.created", command | {"key": key.key_id})


@contextmanager
def admin_gateway() -> Iterator[AdminGateway]:
    """One that answers while the block runs."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path, _, query = self.path.partition("?")
            told = at.page_of_keys(dict(parse_qsl(query))) if path == "/keys" else at.read(path)
            content = json.dumps(told).encode()
            self.send_response(200)
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def do_POST(self) -> None:
            assert self.path == "/admin"
            body = self.rfile.read(int(self.headers["content-length"]))
            execution = at.take(self.headers["authorization"], json.loads(body))
            status = {"accepted": 201, "duplicate": 200, "rejected": 422}[execution["result"]]
            content = json.dumps(execution).encode()
            self.send_response(status)
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_request(self, code: int | str = "", size: int | str = "") -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        at = AdminGateway(Exchange(), f"http://127.0.0.1:{server.server_port}")
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield at
        finally:
            server.shutdown()
            thread.join()
