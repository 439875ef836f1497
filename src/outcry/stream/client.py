"""A client as the hub knows it: how to write to it and close it, what it may see, where it is."""

from collections.abc import Callable
from typing import NamedTuple

from outcry.stream.view import PUBLIC, View

Write = Callable[[bytes], object]


class Closing(NamedTuple):
    """Why a client is closed: WebSocket close code, a word for the metrics, a text for people.

    The text travels in a close frame: at most 123 bytes of UTF-8.
    """

    code: int
    cause: str
    text: str


class Client:
    """`next_seq` is where it is while it is behind."""

    __slots__ = ("close", "next_seq", "view", "write")

    def __init__(
        self, write: Write, close: Callable[[Closing], object], view: View = PUBLIC
    ) -> None:
        self.write = write
        self.close = close
        self.view = view
        self.next_seq = 0
