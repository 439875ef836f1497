"""Stories in the trade's own words: a small language, its parser and its stage.

A file holds stories; `== title` begins one. It starts with an open venue that lists ACME (tick
0.01, lot 1, no narrow limits), unless its first line is `closed` or `bounds`. Lines that act:

    bounds touches 2 resting 3 instruments 1 accounts 1       the venue is closed then, as below
    closed
    open [engine 1] [clock entries] [start 5] [client_id_horizon 3]
    list ZINC tick 0.05 [lot 10] [min_quantity 10] [max_quantity 50] [max_price 20] [state halted]
    state ACME halted
    account alice cancel_oldest
    advance 5
    alice buy 7 ACME @ 16.00 [gtc|ioc|fok] [as a1]            without a price: a market order
    alice replace a1 [quantity 5] [@ 15.00] [as a2]           a1 or `order a1`: by the order's id
    alice cancel a1
    alice cancel-all [ACME] [buy|sell]
    alice silent-after 5                                      milliseconds; 0: never
    ... until 7                                               of an order command: it expires then
    tick
    at 7                                                      the next entries come at that time
    send order.created {"op": 1}                              the very bytes of an entry
    send order.created 1001 of {}                             an array of as many
    & ...                                                     in one entry with the line before

What the venue answers is expected below the line; an answer without expectations must accept.

    expect new|partially_filled|filled|canceled [reason] [filled 4] [left 3] [average 16.00]
    refused tick_size [price]                                 the reason, and the field at fault
    duplicate of a1 filled                                    names the execution that took a1
    trade 4 @ 16.00 with a1                                   all trades, in their order
    withdrawn a1                                              all others cancelled, in their order
    unfinished                                                accepted, but goes on later
    fired alice [unfinished]                                  her switch, before the commands
    goes-on alice [unfinished]                                the rest of her mass cancel, also then
    blocked                                                   accepted, and the id is given up
    fires 5                                                   when the switch does that is armed
    book bid 15.50 x 4, ask 16.00 x 5, ask 16.10 x 1          all levels of ACME; `book empty`
    queue bid 15.50: a1 a2                                    who stands there, in their order
    time 5                                                    log time of the answer
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from outcry.domain.limits import BOUNDS, VERSION
from outcry.domain.types import Side
from outcry.wire.decimals import format_decimal, parse_decimal
from outcry.wire.executions import read_answer
from outcry.wire.messages import ExecutionMessage
from outcry.wire.order_id import format_order_id, id_suffix
from tests.venue import LOG, SHARD, Venue

Words = list[str]
TIMES = {"gtc", "ioc", "fok"}
NAMES = {"@": "price", "as": "client_order_id", "until": "expire_at"}
"""The fields of words in the terms of an order."""
STATUSES = {"new", "partially_filled", "filled", "canceled", "rejected"}


class Story(NamedTuple):
    path: Path
    title: str
    lines: list[tuple[int, str]]
    """Number and text of each."""


def read_stories(path: Path) -> Iterator[Story]:
    story: Story | None = None
    for number, line in enumerate(path.read_text().splitlines(), 1):
        text = line.partition("#")[0].strip()
        if text.startswith("=="):
            if story is not None:
                yield story
            story = Story(path, text.removeprefix("==").strip(), [])
        elif text:
            assert story is not None, f"{path.name}:{number}: a story begins with == and its title"
            story.lines.append((number, text))
    if story is not None:
        yield story


def play(story: Story) -> None:
    """Perform a story; raises AssertionError with the place where it goes otherwise."""
    stage = Stage(story.lines[0][1])
    for number, line in [*story.lines, (story.lines[-1][0], "curtain")]:
        try:
            stage.perform(line)
        except Exception as error:
            raise AssertionError(f"{story.path}:{number}: {line}: {error}") from error


class Stage:
    def __init__(self, first_line: str) -> None:
        self.venue = Venue("ACME")
        if first_line.split(maxsplit=1)[0] in ("closed", "bounds"):
            self.venue = Venue.closed()
        self.entry: list[tuple[str, Any]] = []
        self.now = 1
        self.answers: list[ExecutionMessage] = []
        self.answer: ExecutionMessage | None = None
        self.trades: list[tuple[str, str, str]] = []
        self.withdrawn: list[str] = []
        self.orders: dict[str, str] = {}
        """Order ids by client order id."""
        self.taken: dict[str, int] = {}
        """The execution that took a client order id."""

    def perform(self, line: str) -> None:
        verb, *words = line.replace(",", " ").replace(":", " ").split()
        if verb == "send":
            self.send(line.split(None, 2))
        elif verb == "at":
            self.play_entry()
            self.now = int(words[0])
        elif verb == "&":
            self.entry.append(self.command(words))
        elif rule := getattr(self, f"see_{verb.replace('-', '_')}", None):
            self.play_entry()
            rule(words)
        else:
            self.play_entry()
            self.next_answer(None)
            if verb == "bounds":
                names: dict[str, Any] = {k: int(number) for k, number in pairs(words).items()}
                self.venue = Venue.closed(BOUNDS._replace(**names))
            elif verb not in ("closed", "curtain"):
                self.entry = [self.command([verb, *words])]

    # Acting ------------------------------------------------------------------------------

    def command(self, words: Words) -> tuple[str, Any]:
        """The subject and the body that a line means."""
        match words:
            case ["open", *rest]:
                venue = {"log": LOG, "engine": VERSION, "schema": 1, "shard": SHARD} | pairs(rest)
                return "venue.open", venue
            case ["list", symbol, *rest]:
                return "instrument.list", {"symbol": symbol} | pairs(rest)
            case ["state", symbol, state]:
                return "instrument.state", {"symbol": symbol, "state": state}
            case ["account", account, setting]:
                return "account.set", {"account": account, "self_trade_prevention": setting}
            case ["upgrade", engine]:
                return "venue.upgrade", {"engine": engine}
            case ["advance", by]:
                return "clock.advance", {"by": by}
            case ["tick"]:
                return "clock.tick", {}
            case [account, *rest]:
                return "order.created", {"account": account} | self.order_command(rest)
        raise ValueError("no such line")

    def order_command(self, words: Words) -> dict[str, Any]:
        """What an account asks for."""
        match words:
            case [("buy" | "sell") as side, quantity, symbol, *rest]:
                terms = {"side": side, "quantity": quantity, "symbol": symbol}
                return terms | order_terms(rest)
            case ["replace", *rest]:
                named, rest = self.named(rest)
                new_id = {"as": "new_client_order_id"}
                return {"op": "replace"} | named | renamed(pairs(rest), NAMES | new_id)
            case ["cancel", *rest]:
                named, rest = self.named(rest)
                return {"op": "cancel"} | named | renamed(pairs(rest), NAMES)
            case ["cancel-all", *rest]:
                return {"op": "cancel_all"} | chosen(rest)
            case ["silent-after", timeout, *rest]:
                switch = {"op": "cancel_all_after", "timeout": timeout}
                return switch | renamed(pairs(rest), NAMES)
        raise ValueError("no such line")

    def named(self, words: Words) -> tuple[dict[str, str], Words]:
        if words[0] == "order":
            unknown = format_order_id(1 << 12, id_suffix(SHARD, int(LOG, 16)))
            return {"order_id": self.orders.get(words[1], unknown)}, words[2:]
        return {"client_order_id": words[0]}, words[1:]

    def send(self, words: Words) -> None:
        self.play_entry()
        self.next_answer(None)
        _, subject, body = words
        count, of, element = body.partition(" of ")
        if of and count.isdigit():
            body = f"[{','.join([element] * int(count))}]"
        self.hear(self.venue.send_bytes(subject, body.encode()))

    def play_entry(self) -> None:
        if not self.entry:
            return
        subject = self.entry[0][0]
        bodies = [body for _, body in self.entry]
        self.entry = []
        body = bodies if len(bodies) > 1 else bodies[0]
        self.hear(self.venue.send_bytes(subject, json.dumps(body).encode(), self.now))

    def hear(self, answer: bytes) -> None:
        self.answers += read_answer(answer)

    def next_answer(self, expected: str | None) -> ExecutionMessage:
        """Done with the last answer; None: and with all of its entry."""
        while True:
            self.leave_answer()
            if expected is None and not self.answers:
                return self.answer  # type: ignore[return-value]
            assert self.answers, "nothing was asked"
            self.answer = answer = self.answers.pop(0)
            self.enter_answer(answer)
            if expected is not None:
                assert answer.result == expected, f"{answer.result} {answer.reason}: {answer.text}"
                return answer
            assert answer.result == "accepted", f"{answer.reason}: {answer.text}"

    def enter_answer(self, answer: ExecutionMessage) -> None:
        self.trades = [(t.quantity, t.price, t.maker_order_id) for t in answer.trades]
        self.withdrawn = [c.order_id for c in answer.changed if c.status == "canceled"]
        if answer.result == "accepted" and answer.order is not None:
            name = answer.order.client_order_id
            self.orders[name] = answer.order.order_id
            self.taken.setdefault(name, answer.seq)

    def leave_answer(self) -> None:
        assert self.answer is None or not self.trades, f"more trades: {self.trades}"
        assert self.answer is None or not self.withdrawn, f"more withdrawn: {self.withdrawn}"

    # Seeing ------------------------------------------------------------------------------

    def see_expect(self, words: Words) -> None:
        answer = self.next_answer("accepted")
        if words == ["accepted"]:
            return
        self.see_order(answer, words)

    def see_order(self, answer: ExecutionMessage, words: Words) -> None:
        order = answer.order
        assert order is not None, "no order is told"
        status, *rest = words
        assert status in STATUSES, f"no status {status}"
        assert order.status == status, f"{order.status} {order.reason}"
        if rest and rest[0] not in ("filled", "left", "average"):
            assert order.reason == rest.pop(0), f"reason {order.reason}"
        told = {
            "filled": order.filled_quantity,
            "left": order.leaves_quantity,
            "average": order.average_price,
        }
        for name, number in pairs(rest).items():
            assert told[name] == plain(number), f"{name} {told[name]}"

    def see_unfinished(self, _: Words) -> None:
        assert self.next_answer("accepted").unfinished, "it is finished"

    def see_fired(self, words: Words) -> None:
        self.see_due("switch.fired", words)

    def see_goes_on(self, words: Words) -> None:
        self.see_due("cancel_all", words)

    def see_due(self, op: str, words: Words) -> None:
        answer = self.next_answer("accepted")
        account, *more = words
        assert answer.op == op and answer.index >= 1_000, f"{answer.op} {answer.index}"
        assert answer.command.account == account  # type: ignore[union-attr]
        assert answer.unfinished == (more == ["unfinished"]), f"unfinished {answer.unfinished}"

    def see_blocked(self, _: Words) -> None:
        answer = self.next_answer("accepted")
        assert answer.blocked and answer.order is None, f"blocked {answer.blocked}"

    def see_fires(self, words: Words) -> None:
        answer = self.next_answer("accepted")
        assert answer.fires_at == words[0], f"{answer.fires_at}"

    def see_refused(self, words: Words) -> None:
        answer = self.next_answer("rejected")
        reason, *field = words
        assert answer.reason == reason, f"{answer.reason}: {answer.text}"
        assert not field or answer.field == field[0], f"field {answer.field}"

    def see_duplicate(self, words: Words) -> None:
        answer = self.next_answer("duplicate")
        _, name, *status = words
        assert answer.first_seq == self.taken[name], f"of execution {answer.first_seq}"
        assert answer.order is not None and answer.order.client_order_id == name
        self.see_order(answer, status)

    def see_trade(self, words: Words) -> None:
        quantity, _, price, _, name = words
        assert self.trades, "no more trades"
        told = self.trades.pop(0)
        assert told == (plain(quantity), plain(price), self.orders[name]), f"{told}"

    def see_withdrawn(self, words: Words) -> None:
        assert self.withdrawn, "no more withdrawn"
        assert self.withdrawn.pop(0) == self.orders[words[0]]

    def see_book(self, words: Words) -> None:
        self.next_answer(None)
        book = self.venue.engine.books["ACME"]
        levels = [
            (name, format_decimal(level.price), format_decimal(level.quantity))
            for name, ladder in (("bid", book.bids), ("ask", book.asks))
            for level in ladder
        ]
        tokens = iter([] if words == ["empty"] else words)
        expected = [(name, plain(next(tokens)), plain(after(tokens, "x"))) for name in tokens]
        assert levels == expected, f"{levels}"

    def see_queue(self, words: Words) -> None:
        self.next_answer(None)
        side, price, *names = words
        book = self.venue.engine.books["ACME"]
        ladder = book.side(Side.BUY if side == "bid" else Side.SELL)
        level = ladder.levels[ladder.sign * (parse_decimal(price) or 0)]
        queue, order = [], level.first
        while order is not None:
            queue.append(order.client_order_id)
            order = order.next
        assert queue == names, f"{queue}"

    def see_time(self, words: Words) -> None:
        answer = self.next_answer(None)
        assert answer.ts == words[0], f"{answer.ts}"


def pairs(words: Words) -> dict[str, Any]:
    numbers = {"client_id_horizon", "schema"}
    named = zip(words[::2], words[1::2], strict=True)
    return {name: int(value) if name in numbers else value for name, value in named}


def order_terms(words: Words) -> dict[str, str]:
    terms = {}
    if "@" not in words:
        terms["type"] = "market"
    for word in TIMES.intersection(words):
        words.remove(word)
        terms["time_in_force"] = word
    return terms | renamed(pairs(words), NAMES)


def chosen(words: Words) -> dict[str, str]:
    """What a mass cancel takes: a symbol, a side, and until when."""
    terms = {}
    for word in {"buy", "sell"}.intersection(words):
        words.remove(word)
        terms["side"] = word
    if len(words) % 2:
        terms["symbol"] = words.pop(0)
    return terms | renamed(pairs(words), NAMES)


def renamed(terms: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    return {names.get(name, name): value for name, value in terms.items()}


def after(tokens: Iterator[str], word: str) -> str:
    assert next(tokens) == word
    return next(tokens)


def plain(number: str) -> str:
    units = parse_decimal(number)
    assert units is not None, f"no decimal {number}"
    return format_decimal(units)
