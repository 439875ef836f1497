"""A service has a certificate and its key, or says what is wrong with them."""

import socket
import ssl
import threading
from pathlib import Path

import pytest

from outcry.runtime.lifecycle import Refused
from outcry.runtime.settings import TlsSettings
from outcry.runtime.tls import tls_context
from tests.certificate import CERT, ENCRYPTED, KEY, client_tls


def test_without_files_there_is_no_tls() -> None:
    """Clients connect as before."""
    assert tls_context(TlsSettings()) is None


def test_a_client_that_trusts_the_certificate_is_served() -> None:
    """It finds a server with that certificate, and at least TLS 1.2."""
    context = tls_context(TlsSettings(tls_cert=CERT, tls_key=KEY))
    assert context is not None
    assert context.minimum_version >= ssl.TLSVersion.TLSv1_2
    near, far = socket.socketpair()

    def serve() -> None:
        with context.wrap_socket(far, server_side=True) as served:
            served.sendall(served.recv(5))

    server = threading.Thread(target=serve)
    server.start()
    with client_tls().wrap_socket(near, server_hostname="localhost") as client:
        client.sendall(b"hello")
        assert client.recv(5) == b"hello"
        server.join()


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (TlsSettings(tls_cert=CERT), "--tls-key"),
        (TlsSettings(tls_key=KEY), "--tls-cert"),
        (TlsSettings(tls_cert=Path("/no/such.crt"), tls_key=KEY), "No such file"),
        (TlsSettings(tls_cert=CERT, tls_key=Path("/no/such.key")), "--tls-key /no/such.key"),
        (TlsSettings(tls_cert=KEY, tls_key=KEY), "no certificate"),
        (TlsSettings(tls_cert=CERT, tls_key=CERT), "and its key"),
        (TlsSettings(tls_cert=CERT, tls_key=ENCRYPTED), "without a password"),
    ],
)
def test_what_is_no_certificate_is_refused(settings: TlsSettings, said: str) -> None:
    """The service does not start, says which file is wrong, and asks nobody for a password."""
    with pytest.raises(Refused, match=said):
        tls_context(settings)
