"""GET /order?client_order_id=…: what a client is told of an order it has lost sight of."""

import asyncio
import json
from types import SimpleNamespace
from typing import Any

import msgspec
from nats.errors import NoRespondersError

from outcry.broker.answering import Answering, Refusal
from outcry.gateway.asgi import Unacceptable
from outcry.gateway.reads import ERROR_CODE
from outcry.orders.access import access_page
from outcry.wire.books import ERROR_STATUS
from sim.broken import hold
from sim.consumers import Message
from sim.exact import Fields
from sim.service import Service
from sim.truth import Truth

PATIENCE_S = 8.0


async def ask_order(gateway: Service, truth: Truth, key: str, account: str, name: str) -> str:
    """Ask a gateway, with a key, for an order by its client order id; hold the answer to the truth.

    Gives what was told in a word.
    """
    end = len(truth.foreseen)
    told: asyncio.Future[Any] = asyncio.get_running_loop().create_future()

    async def ask() -> None:
        named = [("client_order_id", name), ("account", account)]
        query = SimpleNamespace(multi_items=lambda: named)
        scope = {"headers": [(b"authorization", f"Bearer {key}".encode())]}
        request: Any = SimpleNamespace(path_params={}, query_params=query, scope=scope)
        assert gateway.reads is not None, "it listens"
        try:
            response = await gateway.reads.order(request)
            status, body = response.status_code, bytes(response.body)
        except Unacceptable as refusal:
            status, body = refusal.answer.status, refusal.answer.body
        if not (gateway.dead or told.done()):
            told.set_result((status, json.loads(body)))

    gateway.call(lambda: asyncio.ensure_future(ask()))
    await asyncio.wait((told, gateway.died), timeout=PATIENCE_S, return_when="FIRST_COMPLETED")
    if not told.done():
        return "nothing"
    return _check(truth, (name, account), end, *told.result())


def _check(truth: Truth, named: tuple[str, str], end: int, status: int, said: Fields) -> str:
    """`end`: the last entry when it was asked."""
    known = truth.ledger.named_at.get(named)
    if status == 200:
        order = said["order"]
        pending = order["status"] == "pending"
        hold(pending or known is not None, "an order that is shown was accepted", said)
        return str(order["status"])
    code = str(said["error"]["code"])
    if status == 404:
        entry = said["as_of"]["entry"]
        hold(entry >= end, "never seen is told of all that was there", said, end)
        hold(known is None or known > entry, "never seen was never seen", said, known)
    if code == "blocked":
        hold(named in truth.ledger.blocked, "what is blocked was given up", said)
    return code


async def answer_question(
    brokers: list[Service], chosen: int, question: str, body: bytes
) -> Message:
    """What one of the brokers says, as the micro service `books` would."""
    there = [broker for broker in brokers if broker.runs and broker.answering is not None]
    if not there:
        raise NoRespondersError
    broker = there[chosen % len(there)]
    told: asyncio.Future[Message] = asyncio.get_running_loop().create_future()

    async def work(answering: Answering) -> None:
        try:
            reply = Message("", data=await answering.answer(question, body))
        except Refusal as refusal:
            status = str(ERROR_STATUS[refusal.code])
            reply = Message("", data=refusal.body, headers={ERROR_CODE: status})
        if not broker.dead:
            told.set_result(reply)

    assert broker.answering is not None, "it was chosen for that"
    answering = broker.answering
    broker.call(lambda: asyncio.ensure_future(work(answering)))
    return await told


async def answer_access(engines: list[Service], chosen: int, body: bytes) -> Message:
    """What one of the order services says of keys, as it would to who asks over the bus."""
    if not engines:
        raise NoRespondersError
    engine = engines[chosen % len(engines)]
    told: asyncio.Future[Message] = asyncio.get_running_loop().create_future()

    def answer() -> None:
        assert engine.desk is not None, "it was chosen for that"
        page = msgspec.json.encode(access_page(engine.desk, body))
        if not (engine.dead or told.done()):
            told.set_result(Message("", data=page))

    engine.call(answer)
    return await told
