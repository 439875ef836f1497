"""The certificate of a service that talks to its clients over TLS."""

import ssl

from outcry.runtime.lifecycle import Refused
from outcry.runtime.settings import TlsSettings


def tls_context(settings: TlsSettings) -> ssl.SSLContext | None:
    """What the sockets of clients are wrapped in; None: they are not.

    Raises Refused: the files are not a certificate and its key.
    """
    cert, key = settings.tls_cert, settings.tls_key
    if cert is None and key is None:
        return None
    if cert is None or key is None:
        raise Refused("TLS needs both: --tls-cert with the certificate and --tls-key with its key")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    for name, path in (("--tls-cert", cert), ("--tls-key", key)):
        try:
            path.read_bytes()
        except OSError as error:
            raise Refused(f"{name} {path} cannot be read: {error.strerror}") from error
    try:
        context.load_cert_chain(cert, key, password=_no_password)
    except (ssl.SSLError, ValueError) as error:
        raise Refused(
            f"--tls-cert {cert} and --tls-key {key} are no certificate in PEM and its key without "
            f"a password: {error}"
        ) from error
    return context


def _no_password() -> str:
    """Else OpenSSL would ask whoever sits at the terminal."""
    raise ValueError("the key is encrypted")
