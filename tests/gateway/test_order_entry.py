"""Commands into the log and answers back, on logs in memory with the real engine."""

import msgspec
import pytest

from outcry.gateway import order_entry
from outcry.gateway.order_entry import Bounds
from outcry.gateway.ticket import Fate
from outcry.log.log import Entry
from outcry.log.memory import MemoryLog
from tests.gateway.exchange import OPENING, TRADER, Exchange, Told, an_exchange, key_fields, order
from tests.waiting import until

AT_ONCE = Bounds(commands_an_entry=1_000, answer_timeout_s=0.0)


async def ids_at(exchange: Exchange, number: int) -> list[str]:
    """The client order ids in an entry."""
    body = msgspec.json.decode((await exchange.entry_at(number)).body)
    return [command["client_order_id"] for command in (body if type(body) is list else [body])]


async def test_an_order_is_answered_by_its_execution() -> None:
    """An order enters at once, alone, and whoever sent it is told what the engine answered."""
    async with an_exchange() as exchange:
        told = exchange.submit("a1")
        await exchange.entered(1)
        await exchange.answer()
        assert told.fate is Fate.ANSWERED
        assert told.client_order_ids == ["a1"]
        assert exchange.commands("answered") == 1


async def test_what_arrives_during_a_publish_leaves_together() -> None:
    """While an entry is being stored, the commands that arrive wait, and enter as one, in order."""
    async with an_exchange() as exchange:
        exchange.orders.holds = True
        exchange.submit("a1")
        await exchange.entered(1)
        for name in ("a2", "a3", "a4"):
            exchange.submit(name)
        assert exchange.entry.waiting == 3
        exchange.orders.release()
        await exchange.entered(2)
        assert await ids_at(exchange, 1) == ["a1"]
        assert await ids_at(exchange, 2) == ["a2", "a3", "a4"]


async def test_answers_belong_to_commands_by_place() -> None:
    """Requests that shared an entry are each given their own executions, in their order."""
    async with an_exchange() as exchange:
        exchange.orders.holds = True
        exchange.submit("a1")
        await exchange.entered(1)
        tolds = [exchange.submit("b1"), exchange.submit("c1", "c2", "c3"), exchange.submit("d1")]
        exchange.orders.release()
        await exchange.entered(2)
        exchange.orders.release()
        await exchange.answer()
        assert [told.client_order_ids for told in tolds] == [["b1"], ["c1", "c2", "c3"], ["d1"]]


async def test_other_senders_entries_are_not_ours() -> None:
    """Entries of others between ours change nothing of whose answer is whose."""
    async with an_exchange() as exchange:
        await exchange.guest()
        told = exchange.submit("a1")
        await exchange.entered(2)
        await exchange.guest()
        await exchange.answer()
        assert told.client_order_ids == ["a1"]


async def test_an_answer_may_overtake_its_ack() -> None:
    """An answer that comes before the ack of its entry waits for it."""
    async with an_exchange() as exchange:
        exchange.orders.holds = True
        told = exchange.submit("a1")
        await exchange.entered(1)
        await exchange.answer()
        assert told.fate is None
        exchange.orders.release()
        await until(lambda: told.fate)
        assert told.client_order_ids == ["a1"]


async def test_an_answer_that_overtook_too_far_is_read_again() -> None:
    """An answer that is no longer kept when the ack comes is read from the log."""
    async with an_exchange() as exchange:
        exchange.orders.holds = True
        told = exchange.submit("a1")
        await exchange.entered(1)
        exchange.orders.holds = False
        for _ in range(order_entry.EARLY_MAX):
            await exchange.guest()
        await exchange.answer()
        exchange.orders.release()
        await until(lambda: told.fate)
        assert told.client_order_ids == ["a1"]


async def test_an_entry_without_an_ack_is_sent_again_with_its_id() -> None:
    """A lost ack is no lost order and no second one: same bytes, same id, stored once."""
    async with an_exchange() as exchange:
        exchange.orders.acknowledges = False
        told = exchange.submit("a1", "a2")
        await exchange.entered(1)
        exchange.orders.acknowledges = True
        await until(lambda: exchange.entry.appended)
        assert await exchange.orders.last_seq() == OPENING + 1
        assert exchange.orders.msg_ids[-2:] == ["run.1", "run.1"]
        await exchange.answer()
        assert told.client_order_ids == ["a1", "a2"]
        assert told.times == 1


async def test_without_a_connection_nothing_enters() -> None:
    """What was never sent is refused, and does not enter when the connection is back."""
    async with an_exchange() as exchange:
        exchange.orders.connected = False
        told = exchange.submit("a1")
        await until(lambda: told.fate)
        assert told.fate is Fate.REFUSED
        exchange.orders.reconnect()
        other = exchange.submit("a2")
        await exchange.entered(1)
        await exchange.answer()
        assert await ids_at(exchange, 1) == ["a2"]
        assert other.fate is Fate.ANSWERED


async def test_a_full_log_refuses() -> None:
    """An entry for which the log has no room was never there."""
    async with an_exchange() as exchange:
        exchange.orders._max_bytes = 1
        told = exchange.submit("a1")
        await until(lambda: told.fate)
        assert told.fate is Fate.REFUSED
        assert exchange.commands("refused") == 1


async def test_a_busy_log_is_asked_again() -> None:
    """Others may send more than can wait; an entry gets in between them, once."""
    async with an_exchange() as exchange:
        exchange.orders.busy = 3
        told = exchange.submit("a1")
        await exchange.entered(1)
        await exchange.answer()
        assert told.fate is Fate.ANSWERED
        assert exchange.orders.msg_ids[-4:] == ["run.1"] * 4


async def test_a_log_that_stays_busy_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits long for others to stop, and what was never stored is refused."""
    monkeypatch.setattr(order_entry, "BUSY_END_S", 0.0)
    async with an_exchange() as exchange:
        exchange.orders.busy = 1_000
        told = exchange.submit("a1")
        await until(lambda: told.fate)
        assert told.fate is Fate.REFUSED


async def test_after_a_lost_ack_a_busy_log_leaves_it_unknown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The first time it may have been stored."""
    monkeypatch.setattr(order_entry, "BUSY_END_S", 0.0)
    async with an_exchange() as exchange:
        exchange.orders.acknowledges = False
        told = exchange.submit("a1")
        await exchange.entered(1)
        exchange.orders.busy = 1_000
        await until(lambda: told.fate)
        assert told.fate is Fate.UNKNOWN


async def test_after_a_lost_ack_nobody_is_told_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """What may be in the log is unknown, also when it could not be sent again in time."""
    monkeypatch.setattr(order_entry, "RESENDS_END_S", 0.0)
    async with an_exchange() as exchange:
        exchange.orders.acknowledges = False
        told = exchange.submit("a1")
        await until(lambda: told.fate)
        assert told.fate is Fate.UNKNOWN
        assert exchange.entry.unacked_s == 0.0


async def test_too_many_are_refused_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond the bound of waiting commands a request is refused whole, without waiting."""
    monkeypatch.setattr(order_entry, "WAITING_MAX", 3)
    async with an_exchange() as exchange:
        exchange.orders.holds = True
        exchange.submit("a1")
        await exchange.entered(1)
        exchange.submit("a2", "a3")
        assert not exchange.entry.submit([order("a4"), order("a5")], ("a4", "a5"), Told())
        exchange.submit("a6")
        exchange.orders.release()
        await exchange.entered(2)
        assert exchange.entry.waiting == 0
        assert await ids_at(exchange, 2) == ["a2", "a3", "a6"]


async def test_who_waited_too_long_to_leave_is_refused() -> None:
    """A command that did not leave in time is refused, gives up its place, and never enters."""
    async with an_exchange(AT_ONCE) as exchange:
        exchange.orders.holds = True
        exchange.submit("a1")
        await exchange.entered(1)
        late = exchange.submit("a2")
        exchange.entry.expire()
        assert late.fate is Fate.REFUSED
        assert exchange.entry.waiting == 0
        assert not exchange.entry.is_under_way("a2")
        exchange.submit("a3")
        exchange.orders.release()
        await exchange.entered(2)
        assert await ids_at(exchange, 2) == ["a3"]


async def test_who_has_left_and_has_no_answer_is_told_unknown_once() -> None:
    """A command without an answer in time is unknown; a later answer is not told again."""
    async with an_exchange(AT_ONCE) as exchange:
        told = exchange.submit("a1")
        await exchange.entered(1)
        exchange.entry.expire()
        assert told.fate is Fate.UNKNOWN
        assert exchange.entry.is_under_way("a1")
        await exchange.answer()
        assert told.fate is Fate.UNKNOWN
        assert told.times == 1
        assert not exchange.entry.is_under_way("a1")


async def test_an_entry_without_an_ack_is_unknown_too() -> None:
    """A command whose entry was sent is unknown and not refused, whether or not it was stored."""
    async with an_exchange(AT_ONCE) as exchange:
        exchange.orders.holds = True
        told = exchange.submit("a1")
        await exchange.entered(1)
        exchange.entry.expire()
        assert told.fate is Fate.UNKNOWN


async def test_a_request_is_never_divided() -> None:
    """An entry holds whole requests, up to the bound of commands; under lockstep, one command."""
    async with an_exchange(Bounds(commands_an_entry=3, answer_timeout_s=30.0)) as exchange:
        exchange.orders.holds = True
        exchange.submit("a1")
        await exchange.entered(1)
        exchange.submit("b1", "b2")
        exchange.submit("c1", "c2")
        exchange.submit("d1")
        for number in range(2, 4):
            exchange.orders.release()
            await exchange.entered(number)
        assert await ids_at(exchange, 2) == ["b1", "b2"]
        assert await ids_at(exchange, 3) == ["c1", "c2", "d1"]


async def test_an_entry_is_bounded_in_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    """What leaves together has a bound in bytes, so that the first need not wait for too much."""
    monkeypatch.setattr(order_entry, "ENTRY_BYTES_MAX", 2 * (len(order("a1")) + 1))
    async with an_exchange() as exchange:
        exchange.orders.holds = True
        exchange.submit("a1")
        await exchange.entered(1)
        for name in ("b1", "b2", "b3"):
            exchange.submit(name)
        exchange.orders.release()
        await exchange.entered(2)
        assert await ids_at(exchange, 2) == ["b1", "b2"]


async def test_a_client_order_id_is_under_way_until_its_answer() -> None:
    """Waiting, sent or stored: an order is under way until the engine has answered it."""
    async with an_exchange() as exchange:
        entry = exchange.entry
        exchange.orders.holds = True
        exchange.submit("a1")
        await exchange.entered(1)
        exchange.submit("a2")
        assert entry.is_under_way("a1") and entry.is_under_way("a2")
        exchange.orders.release()
        await exchange.entered(2)
        exchange.orders.release()
        await until(lambda: entry.appended == 2)
        assert entry.is_under_way("a1") and entry.is_under_way("a2")
        await exchange.answer(1)
        assert not entry.is_under_way("a1")
        assert entry.is_under_way("a2")


async def test_a_repeat_keeps_its_id_under_way() -> None:
    """An id that was sent twice is under way until the second one is answered as well."""
    async with an_exchange() as exchange:
        exchange.submit("a1")
        await exchange.entered(1)
        exchange.submit("a1")
        await exchange.entered(2)
        await exchange.answer(1)
        assert exchange.entry.is_under_way("a1")
        await exchange.answer()
        assert not exchange.entry.is_under_way("a1")


async def test_it_tells_for_how_long_nothing_has_come() -> None:
    """How long an ack and an answer have been due is there to be seen, and 0 when none is."""
    async with an_exchange() as exchange:
        entry = exchange.entry
        assert (entry.unacked_s, entry.unanswered_s) == (0.0, 0.0)
        exchange.orders.holds = True
        exchange.submit("a1")
        await exchange.entered(1)
        assert entry.unacked_s > 0.0
        exchange.orders.release()
        await until(lambda: entry.unanswered_s > 0.0)
        assert entry.unacked_s == 0.0
        await exchange.answer()
        assert entry.unanswered_s == 0.0


async def test_entries_without_answers_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond the bound the oldest entry is forgotten; who sent it is told unknown in time."""
    monkeypatch.setattr(order_entry, "UNANSWERED_MAX", 2)
    async with an_exchange(AT_ONCE) as exchange:
        tolds = []
        for number in (1, 2, 3):
            tolds.append(exchange.submit(f"a{number}"))
            await exchange.entered(number)
        await until(lambda: exchange.entry.appended == 3)
        exchange.entry.expire()
        await exchange.answer()
        assert [told.fate for told in tolds] == [Fate.UNKNOWN] * 3


async def test_an_answer_of_another_length_is_not_dealt_out() -> None:
    """Fewer executions than commands belong to nobody: unknown, and it goes on."""
    async with an_exchange() as exchange:
        told = exchange.submit("a1", "a2")
        await until(lambda: exchange.entry.appended)
        seq = await exchange.orders.last_seq()
        exchange.entry.on_answer(Entry(seq, 0, "", b""), [b"{}"])
        assert told.fate is Fate.UNKNOWN
        assert exchange.entry.unanswered_s == 0.0


async def test_what_fell_due_stands_in_front_of_the_answers() -> None:
    """The last executions of an entry are its commands'; a switch that fired first is not."""
    async with an_exchange() as exchange:
        exchange.submit("a0")
        await until(lambda: exchange.entry.appended)
        key = key_fields(TRADER)["key_id"]
        switch = msgspec.json.encode({"op": "cancel_all_after", "timeout": 1, "key": key})
        exchange.entry.submit([switch], [""], Told())
        await until(lambda: exchange.entry.appended == 2)
        exchange.orders.now_ns += 5_000_000
        told = exchange.submit("a1", "a2")
        await until(lambda: exchange.entry.appended == 3)
        await exchange.answer()
        assert told.client_order_ids == ["a1", "a2"]
        assert [execution.op for execution in (await exchange.answers())[-3:]] == [
            "switch.fired",
            "new",
            "new",
        ]


async def test_what_an_order_sets_off_is_no_answer() -> None:
    """A stop order that was triggered is told between the answers, which are found by their places;
    who sent it is not told of it as of a command."""
    async with an_exchange() as exchange:
        key = key_fields(TRADER)["key_id"]
        stop = {"symbol": "AAPL", "side": "buy", "type": "stop", "stop_price": "1", "quantity": "1"}
        held = msgspec.json.encode(stop | {"account": "eve", "trigger": "quote", "key": key})
        sell = {"symbol": "AAPL", "side": "sell", "quantity": "1", "price": "1"}
        sold = msgspec.json.encode(sell | {"account": "bob", "client_order_id": "s1", "key": key})
        exchange.entry.submit([held], [""], Told())
        await until(lambda: exchange.entry.appended == 1)
        told = Told()
        exchange.entry.submit([sold, order("a1")], ["s1", "a1"], told)
        await until(lambda: exchange.entry.appended == 2)
        await exchange.answer()
        assert told.client_order_ids == ["s1", "a1"]
        ops = [execution.op for execution in await exchange.answers()]
        assert ops == ["new", "new", "stop.triggered", "new"]


async def test_an_answer_that_is_nowhere_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer that went by and that the log no longer holds keeps nobody waiting."""

    async def gone(self: MemoryLog, seq: int) -> None:
        return None

    monkeypatch.setattr(order_entry, "EARLY_MAX", 0)
    async with an_exchange() as exchange:
        exchange.orders.holds = True
        told = exchange.submit("a1")
        await exchange.entered(1)
        await exchange.answer()
        monkeypatch.setattr(MemoryLog, "get", gone)
        exchange.orders.release()
        await until(lambda: told.fate)
        assert told.fate is Fate.UNKNOWN
