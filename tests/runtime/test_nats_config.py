"""Who may do what on the bus."""

import asyncio
import json
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import nats as nats_py
import pytest
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.micro import add_service
from nats.micro.request import Request

from outcry.log.jetstream import JetStreamLog
from outcry.log.streams import ENTRY_BYTES_MAX, Limits
from outcry.runtime.nats_config import (
    BROKER,
    GATEWAY,
    GUEST_SUBSCRIPTIONS_MAX,
    GUESTS_MAX,
    OPERATOR,
    ORDER_SERVICE,
    STREAM,
    USERS,
    render_config,
    render_container_config,
)
from outcry.runtime.nats_server import find_binary
from outcry.wire.subjects import (
    ACCESS,
    EXECUTIONS,
    ORDER_COMPLETED,
    ORDER_CREATED,
    ORDER_GUEST,
    ORDER_PUBLIC,
    ORDERS,
    executions,
)
from tests.running_nats import RunningNats
from tests.waiting import PATIENCE_S, settled

ORDER = b'{"symbol":"AAPL","side":"buy","type":"limit","quantity":"10","price":"189.50"}'


class Visitor:
    """A client that nats-py's defaults make, and what the server refuses it."""

    def __init__(self, nc: Client, refusals: list[str]) -> None:
        self.nc = nc
        self._refusals = refusals

    async def refused(self) -> list[str]:
        """The refusals since the last call: they come before the answer to a ping."""
        await settled(self.nc)
        refusals = list(self._refusals)
        self._refusals.clear()
        return refusals


async def visit(url: str) -> Visitor:
    refusals: list[str] = []

    async def refuse(error: Exception) -> None:
        refusals.append(str(error))

    return Visitor(await nats_py.connect(url, error_cb=refuse), refusals)


@pytest.fixture
async def guest(nats: RunningNats) -> AsyncIterator[Visitor]:
    visitor = await visit(nats.server.guest_url)
    yield visitor
    await visitor.nc.close()


@pytest.fixture
async def orders(nats: RunningNats) -> JetStreamLog:
    return JetStreamLog(await nats.connect(), ORDERS)


@pytest.fixture
async def answers(nats: RunningNats) -> JetStreamLog:
    return JetStreamLog(await nats.connect(), EXECUTIONS)


async def until_length(log: JetStreamLog, length: int) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while await log.last_seq() < length:
            pass


async def test_a_guest_orders_and_sees_every_result(
    nats: RunningNats, guest: Visitor, orders: JetStreamLog, answers: JetStreamLog
) -> None:
    """Any NATS client, without a name or password: its orders are marked as a guest's, and of an
    answer it sees what the trade stream makes public, not what the server stored."""
    stream = await nats.connect(STREAM)
    results = await guest.nc.subscribe(ORDER_COMPLETED)
    assert await guest.refused() == []
    await guest.nc.publish(ORDER_CREATED, ORDER)
    await until_length(orders, 1)
    entry = await orders.get(1)
    assert entry is not None
    assert (entry.subject, entry.body) == (ORDER_GUEST, ORDER)
    await (await answers.send(executions(), b"[1]"))
    await stream.publish(ORDER_PUBLIC, b"[2]")
    assert (await results.next_msg(timeout=PATIENCE_S)).data == b"[2]"
    assert results.pending_msgs == 0
    assert await guest.refused() == []


@pytest.mark.parametrize(
    "subject",
    [
        "executions.0",
        "order.completed",
        "order.guest",
        "order.public",
        "order.other",
        "venue.open",
        "instrument.set",
        "account.set",
        "market.kill",
        "key.create",
        "clock.tick",
        "books.orders",
        "access.list",
        "$JS.API.INFO",
        "$JS.API.STREAM.INFO.ORDERS",
        "$JS.API.STREAM.PURGE.ORDERS",
        "$JS.API.CONSUMER.CREATE.EXECUTIONS.x",
        "$JS.FC.ORDERS.x",
        "$SRV.PING",
        "$SYS.REQ.SERVER.PING",
        "_INBOX.x",
        "_INBOX_gateway.x",
        "_R_.x",
        "dropped",
    ],
)
async def test_a_guest_may_publish_nothing_but_orders(
    guest: Visitor, orders: JetStreamLog, answers: JetStreamLog, subject: str
) -> None:
    """Anything else is refused by the server."""
    await guest.nc.publish(subject, ORDER)
    (refusal,) = await guest.refused()
    assert "permissions violation for publish" in refusal
    assert (await orders.last_seq(), await answers.last_seq()) == (0, 0)


@pytest.mark.parametrize(
    "subject",
    [
        ">",
        "*.*",
        "order.*",
        "order.>",
        "order.created",
        "order.guest",
        "order.public",
        "executions.0",
        "access.list",
        "_INBOX.>",
        "_INBOX.x",
        "_INBOX_gateway.>",
        "_R_.>",
        "$JS.>",
        "$JS.EVENT.ADVISORY.>",
        "$SYS.>",
        "$SRV.>",
        "books.>",
        "dropped",
    ],
)
async def test_a_guest_may_listen_to_nothing_but_results(guest: Visitor, subject: str) -> None:
    """Not to other guests' orders, not to answers before they are stored, not to inboxes."""
    await guest.nc.subscribe(subject)
    (refusal,) = await guest.refused()
    assert "permissions violation for subscription" in refusal


@pytest.mark.parametrize(
    "reply",
    [
        "executions.0",
        "order.completed",
        "order.created",
        "order.guest",
        "order.public",
        "venue.open",
        "instrument.set",
        "account.set",
        "market.kill",
        "key.create",
        "clock.tick",
        "access.list",
        "$JS.API.STREAM.PURGE.ORDERS",
        "$JS.API.STREAM.DELETE.EXECUTIONS",
        "books.orders",
        "_INBOX_gateway.x",
    ],
)
async def test_a_guest_cannot_have_the_server_write_for_it(
    nats: RunningNats, guest: Visitor, orders: JetStreamLog, answers: JetStreamLog, reply: str
) -> None:
    """The acknowledgement of an order goes to no subject that the guest could not write itself.

    In one account with the streams, the server published it to the reply subject whatever the
    guest's rights were: an answer in EXECUTIONS, an entry in ORDERS, a request to JetStream.
    """
    listener = await nats.connect()
    heard: list[str] = []

    async def hear(msg: Msg) -> None:
        heard.append(msg.subject)

    await listener.subscribe(">", cb=hear)
    results = await guest.nc.subscribe(ORDER_COMPLETED)
    assert await guest.refused() == []
    await listener.rtt()
    await listener.rtt()
    await guest.nc.publish(ORDER_CREATED, ORDER, reply=reply)
    await guest.nc.publish(ORDER_CREATED, ORDER)
    await until_length(orders, 2)
    await (await answers.send(executions(), b"[1]"))
    await listener.publish(ORDER_PUBLIC, b"[1]")
    assert (await results.next_msg(timeout=PATIENCE_S)).data == b"[1]"
    await listener.rtt()
    await listener.rtt()
    assert [await orders.last_seq(), await answers.last_seq()] == [2, 1]
    expected = {ORDER_GUEST: 2, executions(): 1, ORDER_COMPLETED: 1, ORDER_PUBLIC: 1}
    assert heard.count(reply) == expected.get(reply, 0)


REFUSED_HEADERS = [
    {"Nats-Rollup": "all"},
    {"Nats-Rollup": "sub"},
    {"Nats-TTL": "1s"},
    {"Nats-Schedule": "@at 2020-01-01T00:00:00Z", "Nats-Schedule-Target": "venue.open"},
    {"Nats-Batch-Id": "x", "Nats-Batch-Sequence": "1", "Nats-Batch-Commit": "1"},
    {"Nats-Incr": "5"},
    {"Nats-Stream-Source": "EXECUTIONS 1 > > executions.0"},
    {"Nats-Expected-Stream": "EXECUTIONS"},
    {"Nats-Expected-Last-Sequence": "7"},
    {"Nats-Trace-Dest": "executions.0"},
    {"Nats-Trace-Dest": "venue.open", "Nats-Trace-Only": "true"},
]
HARMLESS_HEADERS = [
    {"Nats-Msg-Id": "mine"},
    {"Nats-Subject": "venue.open"},
    {"Nats-Marker-Reason": "Purge"},
    {"Nats-Required-Api-Level": "99"},
    {"Nats-Sequence": "1", "Nats-Stream": "EXECUTIONS"},
]


@pytest.mark.parametrize("headers", REFUSED_HEADERS + HARMLESS_HEADERS, ids=json.dumps)
async def test_a_guests_headers_command_nothing(
    guest: Visitor, orders: JetStreamLog, answers: JetStreamLog, headers: dict[str, str]
) -> None:
    """An order with a header for JetStream is an ordinary entry or none; what is stored stays."""
    first = await (await orders.send(ORDER_CREATED, b"first"))
    await guest.nc.publish(ORDER_CREATED, b"hostile", headers=headers)
    await guest.nc.publish(ORDER_CREATED, b"last")
    entries = 2 if headers in REFUSED_HEADERS else 3
    await until_length(orders, entries)
    stored = [await orders.get(seq) for seq in range(first, entries + 1)]
    subjects = [entry.subject for entry in stored if entry]
    assert subjects == [ORDER_CREATED] + [ORDER_GUEST] * (entries - 1)
    bodies = [entry.body for entry in stored if entry]
    assert (bodies[0], bodies[-1]) == (b"first", b"last")
    assert await orders.last_seq() == entries
    assert await answers.last_seq() == 0


async def test_a_guest_with_the_id_of_another_message_only_harms_itself(
    guest: Visitor, orders: JetStreamLog
) -> None:
    """Ids are shared by all who publish; a gateway's begin with a random run, so none is met."""
    await (await orders.send(ORDER_CREATED, b"mine", msg_id="run.1"))
    await guest.nc.publish(ORDER_CREATED, b"theirs", headers={"Nats-Msg-Id": "run.1"})
    await guest.nc.publish(ORDER_CREATED, b"last")
    await until_length(orders, 2)
    last = await orders.get(2)
    assert last is not None
    assert last.body == b"last"


async def knock(address: str) -> tuple[bytes, asyncio.StreamReader, asyncio.StreamWriter]:
    """Connect as a guest; gives the first line of the answer."""
    host, _, port = address.rpartition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    await reader.readline()
    writer.write(b'CONNECT {"verbose":false}\r\nPING\r\n')
    line = await reader.readline()
    return (line if line != b"" else b"gone"), reader, writer


async def test_guests_leave_room_for_the_services(nats: RunningNats) -> None:
    """However many guests come, so many are let in, and everybody with a password still is."""
    async with asyncio.timeout(PATIENCE_S):
        guests = [await knock(nats.server.address) for _ in range(GUESTS_MAX + 2)]
    refused = [line for line, _, _ in guests if line.startswith(b"-ERR")]
    assert len(refused) == 2 and b"connections exceeded" in refused[0]
    assert (await nats.connect(GATEWAY)).is_connected
    for _, _, writer in guests:
        writer.close()


async def test_a_guest_gets_every_result_a_few_times_at_most(nats: RunningNats) -> None:
    """Else a guest with many subscriptions had the server send much for little."""
    _, reader, writer = await knock(nats.server.address)
    wishes = [b"SUB order.completed %d\r\n" % sid for sid in range(GUEST_SUBSCRIPTIONS_MAX + 1)]
    writer.write(b"".join(wishes))
    async with asyncio.timeout(PATIENCE_S):
        assert b"maximum subscriptions exceeded" in await reader.readline()
    writer.close()


async def test_a_guest_with_a_message_that_no_entry_can_be_is_disconnected(
    nats: RunningNats, orders: JetStreamLog
) -> None:
    """It is not read to its end, and the log does not see it."""
    _, reader, writer = await knock(nats.server.address)
    writer.write(b"PUB order.created %d\r\n" % (ENTRY_BYTES_MAX + 1))
    async with asyncio.timeout(PATIENCE_S):
        assert b"Maximum Payload Violation" in await reader.read()
    writer.close()
    assert await orders.last_seq() == 0


MAY = {
    GATEWAY: [
        "order.created",
        "$JS.API.STREAM.INFO.ORDERS",
        "$JS.API.STREAM.INFO.EXECUTIONS",
        "$JS.API.STREAM.MSG.GET.EXECUTIONS",
        "$JS.API.CONSUMER.CREATE.EXECUTIONS.x",
        "$JS.API.CONSUMER.DELETE.EXECUTIONS.x",
        "$JS.FC.EXECUTIONS.x.y",
        "books.orders",
        "access.list",
    ],
    ORDER_SERVICE: [
        "executions.0",
        "venue.open",
        "clock.tick",
        "$JS.API.STREAM.CREATE.ORDERS",
        "$JS.API.STREAM.CREATE.EXECUTIONS",
        "$JS.API.STREAM.UPDATE.ORDERS",
        "$JS.API.STREAM.PURGE.ORDERS",
        "$JS.API.STREAM.PURGE.EXECUTIONS",
        "$JS.API.STREAM.INFO.ORDERS",
        "$JS.API.STREAM.MSG.GET.EXECUTIONS",
        "$JS.API.CONSUMER.CREATE.ORDERS.x",
    ],
    STREAM: [
        "$JS.API.STREAM.INFO.EXECUTIONS",
        "$JS.API.CONSUMER.CREATE.EXECUTIONS.x",
        "access.list",
        "order.public",
    ],
    BROKER: [
        "$JS.API.STREAM.INFO.EXECUTIONS",
        "$JS.API.CONSUMER.CREATE.EXECUTIONS.x",
        "$JS.ACK.EXECUTIONS.broker-1.1.2.3.4.0",
    ],
}
MAY_NOT = {
    GATEWAY: [
        "executions.0",
        "order.guest",
        "order.public",
        "key.create",
        "market.kill",
        "snapshots.take",
        "clock.tick",
        "$JS.API.STREAM.DELETE.ORDERS",
    ],
    ORDER_SERVICE: [
        "order.created",
        "order.public",
        "account.set",
        "key.create",
        "access.list",
        "$JS.API.STREAM.DELETE.ORDERS",
        "books.orders",
    ],
    STREAM: ["order.created", "order.guest", "executions.0", "order.completed", "books.orders"],
    BROKER: [
        "order.created",
        "order.public",
        "executions.0",
        "access.list",
        "$JS.ACK.ORDERS.x.1.2.3.4.0",
        "_INBOX_gateway.x",
    ],
}


@pytest.mark.parametrize("user", MAY)
async def test_a_service_has_just_its_own_rights(nats: RunningNats, user: str) -> None:
    """It may publish what it needs, and nothing that belongs to another."""
    visitor = await visit(nats.server.url(user))
    for subject in MAY[user]:
        await visitor.nc.publish(subject, b"{}")
    assert await visitor.refused() == []
    for subject in MAY_NOT[user]:
        await visitor.nc.publish(subject, b"{}")
    assert len(await visitor.refused()) == len(MAY_NOT[user])
    for other in (*USERS, "other"):
        await visitor.nc.subscribe(f"_INBOX_{other}.>")
    assert len(await visitor.refused()) == len(USERS)
    await visitor.nc.close()


async def test_the_broker_answers_the_gateway(nats: RunningNats) -> None:
    """Reads are requests to a NATS micro service that only the broker may be."""
    broker, gateway = await nats.connect(BROKER), await nats.connect(GATEWAY)

    async def position(request: Request) -> None:
        await request.respond(b"17")

    service = await add_service(broker, name="books", version="1.0.0")
    await service.add_endpoint(name="position", subject="books.position", handler=position)
    await settled(broker)
    assert (await gateway.request("books.position", b"", timeout=PATIENCE_S)).data == b"17"
    await service.stop()


@pytest.mark.parametrize("user", [GATEWAY, STREAM])
async def test_the_order_service_says_which_keys_there_are(nats: RunningNats, user: str) -> None:
    """To those who let clients in; the question is no entry."""
    service, asks = await nats.connect(ORDER_SERVICE), await nats.connect(user)

    async def answer(msg: Msg) -> None:
        await service.publish(msg.reply, b"17")

    await service.subscribe(ACCESS, cb=answer)
    await settled(service)
    assert (await asks.request(ACCESS, b"", timeout=PATIENCE_S)).data == b"17"
    assert await JetStreamLog(await nats.connect(), ORDERS).last_seq() == 0


async def test_the_operator_may_do_all(nats: RunningNats) -> None:
    """Instruments and accounts are entries that the operator writes."""
    visitor = await visit(nats.server.url(OPERATOR))
    for subject in (
        "instrument.set",
        "account.set",
        "market.kill",
        "key.create",
        "clock.set",
        "$JS.API.STREAM.INFO.ORDERS",
    ):
        await visitor.nc.publish(subject, b"{}")
    assert await visitor.refused() == []
    await visitor.nc.close()


def test_passwords_may_come_from_the_environment(tmp_path: Path) -> None:
    """A server in a container reads $GATEWAY_PASSWORD and the others; without one it ends."""
    config = render_container_config()
    assert '"password": $ORDER_SERVICE_PASSWORD' in config
    file = tmp_path / "nats.conf"
    file.write_text(config)
    check = [str(find_binary()), "-t", "-c", str(file)]
    names = [f"{user.upper().replace('-', '_')}_PASSWORD" for user in USERS]
    checked = subprocess.run(
        check, env=dict.fromkeys(names, "secret"), capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stderr
    without = subprocess.run(check, env={}, capture_output=True, check=False)
    assert without.returncode != 0


def test_the_container_gives_the_same_rights() -> None:
    """docker/nats.conf is what nats_config renders."""
    generate = (
        "from outcry.runtime.nats_config import render_container_config as r; print(r(), end='')"
    )
    file = Path(__file__).parents[2] / "docker" / "nats.conf"
    assert file.read_text() == render_container_config(), (
        f'make it anew: python -c "{generate}" > docker/nats.conf'
    )


def test_a_configuration_is_json() -> None:
    """So nothing in a folder's name can break out of its place."""
    config = render_config(
        passwords=dict.fromkeys(USERS, 'a"b'),
        listen="127.0.0.1:4222",
        monitor="127.0.0.1:8222",
        store_dir='/data "x"\n}',
        sync_always=False,
        limits=Limits(),
    )
    assert json.loads(config)["jetstream"]["store_dir"] == '/data "x"\n}'
