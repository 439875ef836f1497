"""Clients of the gateways: they send, wait, give up, come again; and what they were told."""

import asyncio
import json
from collections import Counter
from collections.abc import Callable, Collection
from functools import partial
from typing import Any

from outcry.gateway.answers import Answer
from outcry.gateway.asgi import Unacceptable
from sim.broken import hold
from sim.dice import Dice
from sim.exact import Fields
from sim.flow import Flow, write
from sim.operator import Operator
from sim.questions import ask_order
from sim.service import Service
from sim.truth import Key, Truth, key_of
from sim.views import seen_by_sender
from sim.wallet import ADMIN, READER, Wallet, spoilt

PATIENCE_S = 8.0
REST_S = 0.15
BATCH = 8
WATCHED = 0.02
"""Share of the sessions whose end cancels all orders of the account."""
Sees = Collection[str] | None
"""The accounts of a key; None: it is an administrator's."""
Replies = list[Fields]
"""For each command {"execution": …}, {"error": …} or {"unknown": …}."""


class Claims:
    """What clients were told of their commands, by `Key`; the log is held to it in the end."""

    def __init__(self, truth: Truth) -> None:
        self.truth = truth
        self.sent: Counter[Key] = Counter()
        self.acked: Counter[Key] = Counter()
        self.refused: Counter[Key] = Counter()
        self._told: dict[tuple[int, int], int] = {}

    def take(self, command: Fields, reply: Fields, sees: Sees) -> None:
        key = key_of(command)
        if "error" in reply:
            self.refused[key] += 1
        elif "execution" in reply:
            self.acked[key] += 1
            self._check(command, key, reply["execution"], sees)

    def _check(self, command: Fields, key: Key, execution: Fields, sees: Sees) -> None:
        """An acknowledged command is stored, with this answer, and is this command."""
        truth = self.truth
        entry, index = execution["entry"], execution.get("index", 0)
        hold(entry <= len(truth.answers), "nobody acts on what is not stored", execution)
        keys = truth.keys[entry - 1]
        stored = [one for one in truth.answers[entry - 1] if one.get("index", 0) == index]
        hold(len(stored) == 1 and index < len(keys), "an answer is stored", execution)
        shown = _without_digest(seen_by_sender(stored[0], sees))
        same = shown == _without_digest(execution)
        hold(same, "an answer is what is stored, as far as it may be seen", execution, shown)
        if command.get("client_order_id") or command.get("op", "new") != "new":
            hold(keys[index] == key, "an answer is to its own command", key, execution)
        self._told[entry, index] = self._told.get((entry, index), 0) + 1
        hold(self._told[entry, index] == 1, "an answer is given once", execution)

    def check_all(self) -> None:
        """Every acknowledged command is stored once for each time it was; none that was refused."""
        for key, sent in self.sent.items():
            if _is_unmarked(key):
                continue
            stored = self.truth.stored[key]
            most = sent - self.refused[key]
            hold(
                self.acked[key] <= stored <= most,
                "an acknowledged command is stored once, a refused one never",
                *(key, "acknowledged", self.acked[key], "stored", stored, "at most", most),
            )


class Trader:
    """Who has keys to one account, or to all of them, at the gateways."""

    def __init__(
        self,
        flow: Flow | Operator,
        wallet: Wallet,
        dice: Dice,
        claims: Claims,
        tell: Callable[[str], None],
    ) -> None:
        self.flow = flow
        self._sees = None if flow.account == ADMIN else (flow.account,)
        self._wallet = wallet
        self._key = ""
        self._is_lost = False
        """The key of the newest request was not good."""
        self._dice = dice
        self._claims = claims
        self._tell = tell
        self._frames = 0

    async def trade(self, gateway: Service) -> int:
        """Send a batch and see what becomes of it; gives the number of commands."""
        commands = self.flow.batch(BATCH)
        count = len(commands)
        self._key = self._wallet.take(self.flow.account, self._dice, self._is_lost)
        for _ in range(3):
            replies = await self._ask(gateway, commands)
            if (replies is None or self._dice.chance(0.02)) and gateway.listens:
                await self._question(gateway, commands)
            if replies is None or not self._dice.chance(0.7):
                break
            commands = [
                command
                for command, reply in zip(commands, replies, strict=True)
                if "execution" not in reply and "malformed" not in str(reply.get("error"))
            ]
            if not commands:
                break
            await asyncio.sleep(self._dice.between(0, REST_S))
        return count

    async def _question(self, gateway: Service, commands: list[Fields]) -> None:
        """Ask what became of an order."""
        names = [command.get("client_order_id", "") for command in commands]
        name = self._dice.one_of(names)
        if name and self._sees is not None:
            account = self.flow.account
            told = await ask_order(gateway, self._claims.truth, self._key, account, name)
            self._tell(f"asks for {name} and is told {told}")

    async def _ask(self, gateway: Service, commands: list[Fields]) -> Replies | None:
        """The answers to a request; None: none came, or this client did not wait."""
        loop = asyncio.get_running_loop()
        told: asyncio.Future[Replies] = loop.create_future()
        self._claims.sent.update(map(key_of, commands))
        key, body = self._key, write(commands)
        if self._dice.chance(0.01):
            reading = self._wallet.take(READER, self._dice)
            key = self._dice.one_of(("", "ook_", spoilt(key), reading))
        by_session = self._sees is None or self._dice.chance(0.4)
        way = self._over_session if by_session else self._over_http
        gateway.call(way, gateway, key, body, told)
        patience = PATIENCE_S if self._dice.chance(0.97) else self._dice.between(0, 0.01)
        await asyncio.wait((told, gateway.died), timeout=patience, return_when="FIRST_COMPLETED")
        if not told.done():
            self._tell(f"gets no answer of {gateway.name}")
            told.add_done_callback(partial(self._too_late, commands))
            return None
        return self._hear(commands, told.result())

    def _hear(self, commands: list[Fields], replies: Replies) -> Replies:
        hold(len(replies) == len(commands), "each command is answered", len(replies))
        kinds: Counter[str] = Counter()
        for command, reply in zip(commands, replies, strict=True):
            self._claims.take(command, reply, self._sees)
            if "execution" in reply:
                self.flow.learn(reply["execution"])
                kinds[reply["execution"]["result"]] += 1
            else:
                kinds[reply["error"]["code"] if "error" in reply else "unknown"] += 1
        self._tell(" ".join(f"{count} {kind}" for kind, count in kinds.items()))
        self._is_lost = "unauthorized" in kinds
        return replies

    def _too_late(self, commands: list[Fields], told: "asyncio.Future[Replies]") -> None:
        """Nobody listens any more, but what would have been told has to be true as well."""
        for command, reply in zip(commands, told.result(), strict=True):
            self._claims.take(command, reply, self._sees)

    def _check_served(self, gateway: Service, key: str) -> None:
        """Whoever is served has a good key, as far as the gateway has read."""
        hold(self._wallet.has(key), "who has no key is not served", key)
        assert gateway.show is not None, "it listens"
        revoked_seq = self._claims.truth.ledger.money.revoked_seq(key[4:20])
        read = gateway.show()[1]["seq"]
        hold(not 0 < revoked_seq <= read, "a revoked key is not served", key, revoked_seq, read)

    def _over_http(
        self, gateway: Service, key: str, body: bytes, told: "asyncio.Future[Replies]"
    ) -> None:
        def answered(answer: Answer) -> None:
            if not gateway.dead:
                told.set_result(_replies(json.loads(answer.body), body))

        assert gateway.post is not None, "it listens"
        assert gateway.identify is not None, "it listens"
        sender = gateway.identify(f"Bearer {key}".encode())
        if isinstance(sender, Answer):
            answered(sender)
        else:
            self._check_served(gateway, key)
            gateway.post(sender, body, answered)

    def _over_session(
        self, gateway: Service, key: str, body: bytes, told: "asyncio.Future[Replies]"
    ) -> None:
        def send(frame: bytes) -> None:
            said = json.loads(frame)
            if gateway.dead or said["id"] is None:  # a word that the key was revoked
                return
            hold(said["id"] == number, "a frame is answered under its id", said["id"])
            replies = said.get("results", [said])
            count = len(json.loads(body)) if body.startswith(b"[") else 1
            told.set_result(replies if len(replies) == count else replies * count)

        self._frames += 1
        number = self._frames
        watched = self._dice.chance(WATCHED)
        watched = watched and self._sees is not None
        query = f"cancel_on_disconnect={self.flow.account}" if watched else ""
        assert gateway.session is not None, "it listens"
        try:
            session = gateway.session(query, key)(send, lambda *_: None)
        except Unacceptable as refusal:
            told.set_result(_replies(json.loads(refusal.answer.body), body))
            return
        self._check_served(gateway, key)
        told.add_done_callback(lambda _: gateway.call(session.on_closed))
        member = b"orders" if body.startswith(b"[") else b"order"
        session.on_text(b'{"id":%d,"%s":%s}' % (number, member, body))


def _is_unmarked(key: Key) -> bool:
    """Whether gateways write the like by themselves: names for orders, the ends of sessions."""
    op, name, expire_at = key[0], key[2], key[11]
    return (op == "new" and not name) or (op.startswith("cancel_all") and not expire_at)


def _without_digest(execution: Fields) -> Fields:
    return {name: value for name, value in execution.items() if name != "digest"}


def _replies(said: Any, body: bytes) -> Replies:
    """What an answer over HTTP says of each command."""
    if isinstance(said, list):
        return [_reply(one) for one in said]
    many = body.startswith(b"[")  # all of them failed alike
    return [_reply(said)] * (len(json.loads(body)) if many else 1)


def _reply(said: Fields) -> Fields:
    if "error" in said:
        return said
    return {"unknown": said} if said.get("status") == "unknown" else {"execution": said}
