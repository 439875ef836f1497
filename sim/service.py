"""A service of the simulated system: the real code in a process of its own."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from outcry.broker.answering import Answering
from outcry.broker.database import Database
from outcry.gateway.http_protocol import Identify, OrderHandler
from outcry.gateway.reads import Reads
from outcry.gateway.session import Session
from outcry.orders.answer import Desk
from outcry.runtime.lifecycle import Stopped
from outcry.stream.server import StreamServer
from sim.link import Link
from sim.process import PROCESS, Process

Serve = Callable[[Any, asyncio.Event], Awaitable[None]]
"""A service's `serve(settings, stop)`."""


class Service(Process):
    """What its code met outside is left here: how to reach it, how to ask how it is."""

    def __init__(self, name: str, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(name, loop)
        self.pid = 1
        self.fork: Callable[[str], Service]
        """Another process of the same machine."""
        self.link: Link
        self.books: Database
        self.ended = False
        self.stop = asyncio.Event()
        self.show: Callable[[], tuple[str, dict[str, Any]]] | None = None
        """See ops.Readiness."""
        self.identify: Identify | None = None
        """Whose an Authorization header is."""
        self.post: OrderHandler | None = None
        """POST /order of a gateway."""
        self.session: Callable[[str, str], Callable[..., Session]] | None = None
        """/ws of a gateway: takes the query and the key, then how to send and how to close."""
        self.reads: Reads | None = None
        """The reads of a gateway."""
        self.stream: StreamServer | None = None
        self.answering: Answering | None = None
        self.desk: Desk | None = None
        """Of an order service that says which keys there are."""

    def boot(
        self, serve: Serve, settings: object, failed: Callable[["Service", Exception], None]
    ) -> None:
        async def main() -> None:
            try:
                await serve(settings, self.stop)
            except Stopped:
                pass
            except Exception as error:  # noqa: BLE001 - the end of a process, as in lifecycle.run
                if not self.dead:
                    failed(self, error)
            self.ended = True

        self.begin(main())

    @property
    def runs(self) -> bool:
        return not (self.dead or self.ended)

    @property
    def listens(self) -> bool:
        """Whether a client would get a connection."""
        return self.runs and not self.stop.is_set()


def here() -> Service:
    """The service whose code runs."""
    service = PROCESS.get()
    assert isinstance(service, Service), "only services look outside"
    return service
