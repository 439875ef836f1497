"""A key: what its owner holds, where it stands in a handshake, and what the venue keeps of it.

`ook_<16 hex digits of its id>_<64 hex digits of its secret>`. The log holds the id and the hash of
the secret; the secret is told once, by whoever made the key, and then known to its owner alone.
"""

import re
import secrets
from collections.abc import Iterable
from hashlib import sha256
from typing import NamedTuple

PROTOCOL = "outcry"
"""The subprotocol that a server answers a WebSocket with whose subprotocols offered a key."""
_PREFIX = "ook_"
_KEY = re.compile(rf"{_PREFIX}([0-9a-f]{{16}})_([0-9a-f]{{64}})", re.ASCII)
_BEARER = "bearer"
SAID_TWICE = "there is more than one Authorization header; send one, with your key"
"""What is told whoever says twice who he is, as two readers of it could take two for him."""
_PROTOCOLS = "sec-websocket-protocol"


class KeyText(NamedTuple):
    """The two parts of a key; `secret` as it is written, 64 hexadecimal digits."""

    key_id: str
    secret: str


def new_key() -> str:
    """The text of a key that nobody has yet."""
    return f"{_PREFIX}{secrets.token_hex(8)}_{secrets.token_hex(32)}"


def parse_key(text: str) -> KeyText | None:
    """The parts of a key; None: that is no text of one."""
    match = _KEY.fullmatch(text)
    return KeyText(match[1], match[2]) if match else None


def hash_secret(secret: str) -> str:
    """What the venue keeps of a secret: no more than SHA-256, as 256 random bits need no salt."""
    return sha256(secret.encode()).hexdigest()


def bearer(authorization: str) -> str:
    """What an Authorization header carries (RFC 6750); empty: nothing of this kind."""
    scheme, _, token = authorization.partition(" ")
    return token.strip() if scheme.lower() == _BEARER else ""


def offered(protocols: str) -> str:
    """The key among the subprotocols of a handshake: browsers let a page set no other header."""
    words = (word.strip() for word in protocols.split(","))
    return next((word for word in words if word.startswith(_PREFIX)), "")


def offers(headers: Iterable[tuple[str, str]], protocol: str) -> bool:
    """Whether a handshake offers a subprotocol."""
    return any(
        protocol in (word.strip() for word in value.split(","))
        for name, value in headers
        if name.lower() == _PROTOCOLS
    )


def credentials(headers: Iterable[tuple[str, str]]) -> str | None:
    """The text by which a handshake says who sends it; empty: it says nothing; None: it says so
    in more than one Authorization header.

    Names of headers in whatever case. It need not be the text of a key.
    """
    authorizations, protocols = [], []
    for name, value in headers:
        match name.lower():
            case "authorization":
                authorizations.append(value)
            case "sec-websocket-protocol":
                protocols.append(value)
    if len(authorizations) > 1:
        return None
    said = bearer(authorizations[0]) if authorizations else ""
    return said or next(filter(None, map(offered, protocols)), "")
