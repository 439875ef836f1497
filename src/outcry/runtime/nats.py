"""How a service connects to NATS: it waits for it, visibly, then makes sure of what it found."""

import asyncio
import contextlib
import time
from urllib.parse import urlsplit

import structlog
from nats.errors import Error as NatsError

from outcry.log.connection import Connection
from outcry.log.streams import ANSWER_BYTES_MAX
from outcry.runtime.durability import prove, prove_again
from outcry.runtime.lifecycle import Refused
from outcry.runtime.nats_config import inbox_prefix
from outcry.runtime.settings import Durability, Settings

VERSION_MIN = (2, 15, 1)
"""Older servers pay a fsync for each message of a replicated stream, and skip some (2.14)."""
RECONNECT_WAIT_S = 0.1
PING_S = 5
SAY_AGAIN_S = 10.0
_REFUSED = "authorization violation"
_FORBIDDEN = "permissions violation"
_SCHEMES = ("nats", "tls")


async def connect(
    url: str, name: str, *, monitor_url: str = "", durability: Durability = Durability.PROCESS
) -> Connection:
    """A connection of the service `name`, which reconnects for ever.

    url: where NATS is, several servers of a cluster with commas between. Waits until there is
    one. Raises Refused when it refuses the user, is too old, or does not keep the promise of
    `durability`; DISK is checked at `monitor_url` (http://host:port), and again after each
    reconnect: then it is `unfit` that carries the Refused.
    """
    servers = url.split(",")
    troubles = _Troubles(_places(servers), name)
    nc = Connection()
    connecting = asyncio.create_task(
        nc.connect(
            servers,
            name=name,
            inbox_prefix=inbox_prefix(name),
            max_reconnect_attempts=-1,
            reconnect_time_wait=RECONNECT_WAIT_S,
            connect_timeout=2,
            ping_interval=PING_S,
            max_outstanding_pings=2,
            error_cb=troubles.hear,
        )
    )
    try:
        await asyncio.wait((connecting, troubles.refused), return_when=asyncio.FIRST_COMPLETED)
        if not connecting.done():
            raise troubles.of_the_user()
        await connecting
        _check_version(nc, troubles.place)
        _check_payload(nc, troubles.place)
        await _check_user(nc, troubles, inbox_prefix(name))
        await prove(nc, monitor_url, durability)
    except BaseException:
        while not connecting.done():  # before Python 3.12 `wait_for` may lose a cancellation
            connecting.cancel()
            await asyncio.wait((connecting,), timeout=RECONNECT_WAIT_S)
        await asyncio.gather(connecting, return_exceptions=True)
        await nc.close()
        raise
    troubles.connected(nc)
    prove_again(nc, monitor_url, durability)
    return nc


async def connect_service(settings: Settings, name: str) -> Connection:
    """The connection that the settings of the service `name` ask for; see `connect`."""
    return await connect(
        settings.nats_url,
        name,
        monitor_url=settings.nats_monitor_url,
        durability=settings.durability,
    )


def _places(servers: list[str]) -> str:
    """Hosts and ports, for people to read: without users and passwords."""
    try:
        parts = [urlsplit(server) for server in servers]
        if all(part.scheme in _SCHEMES and part.hostname for part in parts):
            return ",".join(f"{part.hostname}:{part.port or 4222}" for part in parts)
    except ValueError:
        pass
    raise Refused(
        "--nats-url is not an address; expected nats://host:4222, with user:password@ before the "
        "host where NATS asks for them"
    )


class _Troubles:
    """What nats-py reports goes to the log; the same again only after a while."""

    def __init__(self, place: str, name: str) -> None:
        self.place = place
        self.name = name
        self.refused: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._logger = structlog.get_logger().bind(service=name, nats=self.place)
        self._waiting = True
        self._said: dict[str, float] = {}

    async def hear(self, error: Exception) -> None:
        text = str(error) or type(error).__name__
        now = time.monotonic()
        refused = any(why in text.lower() for why in (_REFUSED, _FORBIDDEN))
        if refused and self._waiting:
            if not self.refused.done():
                self.refused.set_result(None)
        elif now - self._said.get(text, -SAY_AGAIN_S) >= SAY_AGAIN_S:
            self._said = {text: now}
            self._logger.warning("waiting for NATS" if self._waiting else "NATS", why=text)

    def of_the_user(self) -> Refused:
        return Refused(
            f"NATS at {self.place} refuses the user of {self.name}; check the name and the "
            "password in --nats-url"
        )

    def connected(self, nc: Connection) -> None:
        self._waiting = False
        self._logger.info("connected to NATS")
        nc.on_lost.append(lambda: None if nc.closing else self._logger.warning("lost NATS"))
        nc.on_regained.append(lambda: self._logger.info("connected to NATS again"))


def _check_version(nc: Connection, place: str) -> None:
    found = nc.connected_server_version
    if (found.major, found.minor, found.patch) < VERSION_MIN:
        wanted = ".".join(map(str, VERSION_MIN))
        raise Refused(
            f"NATS at {place} is version {found.major}.{found.minor}.{found.patch}; "
            f"{wanted} or newer is needed: upgrade it, or start without --nats-url"
        )


def _check_payload(nc: Connection, place: str) -> None:
    if nc.max_payload < ANSWER_BYTES_MAX:
        raise Refused(
            f"NATS at {place} takes messages of {nc.max_payload} bytes; an answer may have "
            f"{ANSWER_BYTES_MAX}: set `max_payload: 8MB` in its configuration"
        )


async def _check_user(nc: Connection, troubles: _Troubles, inbox: str) -> None:
    """A guest, or the user of another service, hears no answer: he would wait for ever."""
    own = await nc.subscribe(f"{inbox}.own")
    with contextlib.suppress(NatsError, OSError):  # the connection is lost again, not the right
        await nc.flush(timeout=2)  # a ping of nats-py may leave before what it is to follow
        await own.unsubscribe()
        await nc.flush(timeout=2)  # by now the server has told what it forbids
    if troubles.refused.done():
        raise troubles.of_the_user()
