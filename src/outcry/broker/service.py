"""The micro service `books` on NATS: a subject books.<question> for each question."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable

from nats.errors import Error as NatsError
from nats.micro import add_service
from nats.micro.request import Request

from outcry import __version__
from outcry.broker.answering import Answering, Refusal
from outcry.broker.questions import QUESTIONS
from outcry.log.connection import Connection
from outcry.wire.books import ERROR_STATUS
from outcry.wire.subjects import BOOKS

DRAIN_S = 3.0
"""Seconds that questions under way have to be answered when the service stops."""


@contextlib.asynccontextmanager
async def books_service(nc: Connection, answering: Answering) -> AsyncIterator[None]:
    """Answer questions while the block runs; any broker on the same books may answer."""
    tasks: set[asyncio.Task[None]] = set()

    def handler(question: str) -> Callable[[Request], Awaitable[None]]:
        async def handle(request: Request) -> None:
            # nats-py hands over the next request only after this one returns
            task = asyncio.create_task(_respond(answering, question, request))
            tasks.add(task)
            task.add_done_callback(tasks.discard)

        return handle

    text = "The books: orders, trades, accounts, positions, activities, instruments, depth."
    service = await add_service(nc, name=BOOKS, version=__version__, description=text)
    group = service.add_group(name=BOOKS)
    for question in QUESTIONS:
        await group.add_endpoint(name=question, handler=handler(question))
    try:
        yield
    finally:
        with contextlib.suppress(NatsError):  # without a connection nobody asks
            await service.stop()
        if tasks:
            await asyncio.wait(tasks, timeout=DRAIN_S)
        answering.close()


async def _respond(answering: Answering, question: str, request: Request) -> None:
    with contextlib.suppress(NatsError, ValueError):  # nobody to tell: they ask again
        try:
            await request.respond(await answering.answer(question, request.data))
        except Refusal as refusal:
            status = str(ERROR_STATUS[refusal.code])
            await request.respond_error(status, str(refusal), refusal.body)
