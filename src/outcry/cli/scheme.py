"""What is wrong between an address and who answers there, as far as TLS goes."""

import socket
import ssl
from contextlib import closing
from urllib.parse import urlsplit

from outcry.cli.failed import ExitCode, Failed
from outcry.runtime.nats_monitor import unverified

TIMEOUT_S = 3.0
_OTHER = {"http": "https", "https": "http", "ws": "wss", "wss": "ws"}
_SECURE = ("https", "wss")
_PORTS = {"http": 80, "ws": 80, "https": 443, "wss": 443}


def wrong_scheme(url: str, option: str, error: Exception) -> Failed | None:
    """What to tell of an address that should begin otherwise; None: that is not the trouble.

    `error` is what came of it, `option` what names the address.
    """
    parts = urlsplit(url)
    if parts.scheme not in _OTHER or isinstance(error, ConnectionRefusedError | socket.gaierror):
        return None
    secure = parts.scheme in _SECURE
    speaks_other = _speaks_http if secure else _speaks_tls
    if not speaks_other(parts.hostname or "", parts.port or _PORTS[parts.scheme]):
        return None
    speaks = "speaks no TLS" if secure else "speaks TLS"
    right = parts._replace(scheme=_OTHER[parts.scheme]).geturl()
    return Failed(f"the server at {url} {speaks}: use {option} {right}", ExitCode.USAGE)


def untrusted(url: str, error: ssl.SSLCertVerificationError) -> Failed:
    return Failed(
        f"the certificate of {url} is not to be trusted ({error.verify_message}); if it is yours, "
        "name the one that signed it in SSL_CERT_FILE",
        ExitCode.UNREACHABLE,
    )


def _speaks_tls(host: str, port: int) -> bool:
    """Whether somebody there does, whoever he is; he is told nothing."""
    try:
        with closing(socket.create_connection((host, port), TIMEOUT_S)) as plain:
            unverified().wrap_socket(plain, server_hostname=host).close()
    except OSError:
        return False
    return True


def _speaks_http(host: str, port: int) -> bool:
    """The same of HTTP without TLS."""
    try:
        with closing(socket.create_connection((host, port), TIMEOUT_S)) as plain:
            plain.sendall(f"GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
            return plain.recv(5) == b"HTTP/"
    except OSError:
        return False
