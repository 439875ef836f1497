"""An address that begins otherwise than its server speaks is told, with the right one."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from websockets.sync.server import serve

from outcry.cli.failed import ExitCode, Failed
from outcry.cli.gateway_client import Gateway
from outcry.cli.watch import _frames
from outcry.runtime.settings import TlsSettings
from outcry.runtime.tls import tls_context
from tests.certificate import CERT, KEY

TLS = tls_context(TlsSettings(tls_cert=CERT, tls_key=KEY))


@contextmanager
def gateway(*, tls: bool) -> Iterator[int]:
    """The port of one."""

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        server.handle_error = lambda *_: None  # type: ignore[method-assign]
        if tls:
            assert TLS is not None
            server.socket = TLS.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def stream(*, tls: bool) -> Iterator[int]:
    with serve(lambda _: None, "127.0.0.1", 0, ssl=TLS if tls else None) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.socket.getsockname()[1]
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.parametrize(
    ("tls", "told", "right", "says"),
    [(True, "http", "https", "speaks TLS"), (False, "https", "http", "speaks no TLS")],
)
def test_a_gateway_is_asked_in_its_own_way(tls: bool, told: str, right: str, says: str) -> None:
    """Which --url to give is in the line."""
    with gateway(tls=tls) as port, pytest.raises(Failed) as failed:
        Gateway(url=f"{told}://localhost:{port}/x").get("/orders")
    assert f"{says}: use --url {right}://localhost:{port}/x" in str(failed.value)
    assert failed.value.code is ExitCode.USAGE


@pytest.mark.parametrize(
    ("tls", "told", "right", "says"),
    [(True, "ws", "wss", "speaks TLS"), (False, "wss", "ws", "speaks no TLS")],
)
def test_a_trade_stream_is_watched_in_its_own_way(
    tls: bool, told: str, right: str, says: str
) -> None:
    """Which --ws-url to give is in the line."""
    with stream(tls=tls) as port, pytest.raises(Failed) as failed:
        next(_frames(f"{told}://localhost:{port}/ws", None, ""))
    assert f"{says}: use --ws-url {right}://localhost:{port}/ws" in str(failed.value)


def test_a_certificate_that_is_not_trusted_is_another_trouble() -> None:
    """Of both services: the address is right."""
    with stream(tls=True) as port, pytest.raises(Failed, match="SSL_CERT_FILE"):
        next(_frames(f"wss://localhost:{port}/ws", None, ""))
    with gateway(tls=True) as port, pytest.raises(Failed, match="SSL_CERT_FILE"):
        Gateway(url=f"https://localhost:{port}").get("/orders")
