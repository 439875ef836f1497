"""The orders of an account live as long as one of its sessions does, and no longer."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from outcry.gateway import lifelines
from outcry.gateway.admission import Admission
from outcry.gateway.gate import Gate
from outcry.gateway.lifelines import TIMEOUT_MS, Lifelines
from tests.gateway.exchange import ACCOUNTS, CLERK, Exchange, an_exchange
from tests.waiting import until


class Watch:
    """Lifelines, and what they sent."""

    def __init__(self, exchange: Exchange, by_entries: bool) -> None:
        self.exchange = exchange
        admission = Admission(exchange.entry)
        gate = Gate(exchange.entry, admission, exchange.senders, "given", singly=False)
        gate.suffix = exchange.suffix
        self.lines = Lifelines(gate, by_entries=by_entries)
        self.sender = exchange.sender()
        self.lost = 0

    def hold(self, account: str) -> None:
        self.lines.hold(self.sender, account, self.lose)

    def release(self, account: str) -> None:
        self.lines.release(self.sender, account)

    def lose(self) -> None:
        self.lost += 1

    async def sent(self, commands: int) -> list[str]:
        """What all the commands were, once there are so many."""
        await until(lambda: self.exchange.commands_entered() == commands)
        await self.exchange.answer()
        told = []
        for execution in await self.exchange.answers():
            timeout = getattr(execution.command, "timeout", "")
            told.append(f"{execution.op} {getattr(execution.command, 'account', '')} {timeout}")
        return told


@asynccontextmanager
async def a_watch(*, by_entries: bool = False) -> AsyncIterator[Watch]:
    async with an_exchange() as exchange:
        yield Watch(exchange, by_entries)


ARMED = f"cancel_all_after bob {TIMEOUT_MS}"
GONE = ["cancel_all bob ", "cancel_all_after bob 0"]


async def test_only_the_last_session_of_an_account_takes_its_orders_along() -> None:
    """Another session of the account keeps them."""
    async with a_watch() as watch:
        watch.hold("bob")
        watch.hold("bob")
        watch.release("bob")
        assert await watch.sent(2) == [ARMED, ARMED]
        watch.release("bob")
        assert await watch.sent(4) == [ARMED, ARMED, *GONE]
        await watch.lines.settled()


async def test_a_switch_is_renewed_while_a_session_lives() -> None:
    """Once for each account, however many sessions it has; not any more when they have gone."""
    async with a_watch() as watch:
        watch.hold("bob")
        watch.hold("bob")
        watch.hold("eve")
        watch.lines.renew_now()
        told = await watch.sent(5)
        assert told[3:] == [ARMED, f"cancel_all_after eve {TIMEOUT_MS}"]
        watch.release("eve")
        await watch.sent(7)
        watch.lines.renew_now()
        assert (await watch.sent(8))[-1] == ARMED


async def test_very_many_accounts_are_renewed_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """No more commands together than an entry takes."""
    monkeypatch.setattr(lifelines, "COMMANDS_MAX", 2)
    async with a_watch() as watch:
        for account in ACCOUNTS:
            watch.hold(account)
        watch.lines.renew_now()
        assert len(await watch.sent(2 * len(ACCOUNTS))) == 2 * len(ACCOUNTS)


async def test_who_cannot_be_armed_is_lost() -> None:
    """Its session is told, and not left in a false belief."""
    async with a_watch() as watch:
        watch.exchange.executions.connected = False
        watch.hold("bob")
        assert watch.lost == 1


async def test_in_lockstep_nothing_comes_of_this_machines_time() -> None:
    """Orders are cancelled when the session has gone; no switch is armed."""
    async with a_watch(by_entries=True) as watch:
        watch.hold("bob")
        watch.release("bob")
        assert await watch.sent(1) == ["cancel_all bob "]


async def test_a_key_that_is_revoked_leaves_the_switch_armed() -> None:
    """What it could send would be refused, so nothing is sent: the switch fires by itself."""
    async with a_watch() as watch:
        watch.hold("demo")
        assert len(await watch.sent(1)) == 1
        await watch.exchange.guest()  # an order that rests
        watch.sender.revoke()
        watch.release("demo")
        watch.lines.renew_now()
        await watch.lines.settled()
        assert watch.exchange.commands_entered() == 1
        watch.exchange.orders.now_ns += (TIMEOUT_MS + 1) * 1_000_000
        await watch.exchange.orders.send("clock.tick", b"{}")
        await watch.exchange.answer()
        ops = [execution.op for execution in await watch.exchange.answers()]
        assert ops == ["cancel_all_after", "new", "switch.fired", "clock.tick"]


async def test_in_lockstep_the_orders_of_a_revoked_key_stay() -> None:
    """Nothing could be sent by it, and there is no switch: who revokes it cancels them."""
    async with a_watch(by_entries=True) as watch:
        watch.hold("demo")
        await watch.exchange.guest()  # an order that rests
        watch.sender.revoke()
        watch.release("demo")
        await watch.lines.settled()
        assert watch.exchange.commands_entered() == 0
        watch.exchange.orders.now_ns += (TIMEOUT_MS + 1) * 1_000_000
        await watch.exchange.orders.send("clock.tick", b"{}")
        await watch.exchange.answer()
        assert [execution.op for execution in await watch.exchange.answers()] == [
            "new",
            "clock.tick",
        ]


async def test_another_key_of_the_account_keeps_its_orders() -> None:
    """Its session renews the switch, and its end cancels."""
    async with a_watch() as watch:
        watch.hold("demo")
        clerk = watch.exchange.sender(CLERK)
        watch.lines.hold(clerk, "demo", watch.lose)
        watch.sender.revoke()
        watch.release("demo")
        watch.lines.renew_now()
        watch.lines.release(clerk, "demo")
        await watch.sent(5)
        keys = [execution.key for execution in await watch.exchange.answers()]
        assert keys == [watch.sender.key_id, *[clerk.key_id] * 4]
