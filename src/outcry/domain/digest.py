"""The fingerprint of history: one running digest over all executions of a log (invariant 4)."""

from hashlib import blake2b

SIZE = 16
START = bytes(SIZE)
"""The digest before the first entry."""


def extend(digest: bytes, answer: bytes | bytearray) -> bytes:
    """The digest after `answer`: the bytes that answer one entry, without their own digest."""
    return blake2b(digest + answer, digest_size=SIZE).digest()
