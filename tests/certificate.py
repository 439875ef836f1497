"""A certificate for localhost, known to everybody: for tests alone."""

import ssl
from pathlib import Path

_FOLDER = Path(__file__).parent / "certificates"
CERT = _FOLDER / "localhost.crt"
KEY = _FOLDER / "localhost.key"
ENCRYPTED = _FOLDER / "encrypted.key"
"""The same key behind a password."""


def client_tls() -> ssl.SSLContext:
    """What a client needs that trusts it."""
    return ssl.create_default_context(cafile=CERT)
