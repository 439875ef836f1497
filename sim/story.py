"""What happened, step by step; its fingerprint is the same whenever the seed is."""

import asyncio
from hashlib import blake2b


class Story:
    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.lines: list[str] = []
        self.aloud = False
        """Each line is printed as it comes."""
        self._loop = loop
        self._hash = blake2b(digest_size=16)

    def tell(self, who: str, what: str) -> None:
        line = f"{self._loop.time():10.6f}  {who:<12} {what}"
        self.lines.append(line)
        if self.aloud:
            print(line)  # noqa: T201 - it was asked for
        self._hash.update(line.encode())

    @property
    def fingerprint(self) -> str:
        return self._hash.hexdigest()
