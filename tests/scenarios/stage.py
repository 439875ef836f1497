"""The stage of a story: a venue, the entry that is being written, and the answers to it."""

import json
from typing import Any

from outcry.domain.limits import BOUNDS
from outcry.domain.order import Order
from outcry.wire.executions import read_answer
from outcry.wire.messages import ChangeMessage, ExecutionMessage
from tests.scenarios.script import Fields, Words, asked, pairs
from tests.venue import PLENTY, TRADERS, Venue

Has = dict[str, tuple[int, int]]
"""What an account has and what is held of that: of cash (in 10⁻¹⁸) under "", of shares (in 10⁻⁹) by
symbol; without what is nothing."""


GONE = ("canceled", "expired")


def in_words(line: str) -> Words:
    return line.replace(",", " ").replace(":", " ").split()


class Stage:
    def __init__(self, first_line: Words) -> None:
        self.peopled = "nobody" not in first_line
        """Whether accounts come with the venue."""
        self.venue = Venue.closed()
        self.stocked: list[str] = []
        """Instruments of which everybody has shares."""
        self.told: dict[str, Has] = {}
        """What the executions have told that each account has."""
        self.entry: list[tuple[str, Fields]] = []
        self.now = 1
        self.answers: list[ExecutionMessage] = []
        self.answer: ExecutionMessage | None = None
        self.heard: list[ExecutionMessage] = []
        """All answers of the story."""
        self.trades: list[tuple[str, ...]] = []
        self.withdrawn: list[ChangeMessage] = []
        self.orders: dict[str, str] = {}
        """Order ids by client order id."""
        self.taken: dict[str, int] = {}
        """The execution that took a client order id, or the id of a transfer."""
        if first_line[0] not in ("closed", "bounds"):
            self.venue.send(*asked(["open"], {}))
            self.venue.send(*asked(["list", "ACME", "tick", "0.01"], {}))
            self.stock()

    # Acting ------------------------------------------------------------------------------

    def act(self, verb: str, words: Words, line: str) -> None:
        """What is in one entry with the line before waits for the next line."""
        if verb == "&":
            self.entry.append(asked(words, self.orders))
            return
        self.play_entry()
        if verb == "at":
            self.now = int(words[0])
            return
        self.next_answer(None)
        if verb == "send":
            self.send(line.split(None, 2))
        elif verb == "bounds":
            terms = pairs([word for word in words if word != "nobody"])
            bounds: dict[str, Any] = {name: int(number) for name, number in terms.items()}
            self.venue = Venue.closed(BOUNDS._replace(**bounds))
        elif verb not in ("closed", "nobody", "curtain"):
            self.entry = [asked([verb, *words], self.orders)]

    def send(self, words: Words) -> None:
        _, subject, body = words
        count, of, element = body.partition(" of ")
        if of and count.isdigit():
            body = f"[{','.join([element] * int(count))}]"
        self.hear(self.venue.send_bytes(subject, body.encode(), self.now))

    def play_entry(self) -> None:
        if not self.entry:
            return
        subject = self.entry[0][0]
        bodies = [body for _, body in self.entry]
        self.entry = []
        body = bodies if len(bodies) > 1 else bodies[0]
        self.hear(self.venue.send_bytes(subject, json.dumps(body).encode(), self.now))

    def hear(self, answer: bytes) -> None:
        executions = read_answer(answer)
        self.answers += executions
        self.heard += executions
        for execution in executions:
            self.note(execution)
        assert self.told == self.kept(), f"told {self.told}, kept {self.kept()}"
        self.audit()
        self.stock()

    def stock(self) -> None:
        """Give everybody of what is newly listed, where everybody has an account."""
        engine = self.venue.engine
        if not self.peopled or engine.venue is None:
            return
        if not engine.accounts.by_name:
            self.venue.open_accounts(*TRADERS)
            self.stocked = list(engine.books)
        for symbol in list(engine.books)[len(self.stocked) :]:
            self.stocked.append(symbol)
            for account in TRADERS:
                self.venue.send(*asked(["deposit", account, PLENTY, symbol], {}))
        self.told = self.kept()

    # Balances ----------------------------------------------------------------------------

    def note(self, execution: ExecutionMessage) -> None:
        """What an execution tells of what accounts have."""
        for balance in execution.balances:
            has = self.told.setdefault(balance.account, {})
            has[""] = whole(balance.cash, 18), whole(balance.held, 18)
            if balance.symbol:
                has[balance.symbol] = whole(balance.position, 9), whole(balance.position_held, 9)
            for name in [name for name, amounts in has.items() if amounts == (0, 0)]:
                del has[name]
            if not has:
                del self.told[balance.account]

    def kept(self) -> dict[str, Has]:
        """What accounts have in the engine, without those that have nothing."""
        kept: dict[str, Has] = {}
        for account in self.venue.engine.accounts.by_name.values():
            has = {"": (account.cash, account.held)}
            for symbol, position in account.positions.items():
                has[symbol] = position.quantity, position.closing
            has = {name: amounts for name, amounts in has.items() if amounts != (0, 0)}
            if has:
                kept[account.name] = has
        return kept

    def audit(self) -> None:
        """What is held is the sum of what the resting orders hold, and never more than is there."""
        for account in self.venue.engine.accounts.by_name.values():
            own = [o for o in self.venue.engine.orders.values() if o.owner is account]
            resting = [o for o in own if not is_unarmed(o) and not o.is_spent]
            assert account.held == sum(map(held_by, resting))
            assert account.open_orders == len(resting)
            for symbol, position in account.positions.items():
                closing = sum(o.leaves for o in resting if o.closes and o.symbol == symbol)
                assert position.closing == closing <= abs(position.quantity)

    # Answers -----------------------------------------------------------------------------

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
        self.trades = [
            (t.quantity, t.price, t.maker_order_id, t.taker_fee, t.maker_fee) for t in answer.trades
        ]
        self.withdrawn = [c for c in answer.changed if c.status in GONE]
        if answer.result != "accepted":
            return
        name = getattr(answer.command, "transfer_id", "")
        if answer.order is not None:
            name = answer.order.client_order_id
            self.orders[name] = answer.order.order_id
            if leg := answer.order.exit_order_id:
                self.orders[f"{name}-exit"] = leg
        self.taken.setdefault(name, answer.seq)

    def leave_answer(self) -> None:
        assert self.answer is None or not self.trades, f"more trades: {self.trades}"
        assert self.answer is None or not self.withdrawn, f"more withdrawn: {self.withdrawn}"


def is_unarmed(order: Order) -> bool:
    """Whether it is an exit that waits for its parent."""
    return order.instructions is not None and order.instructions.unarmed


def held_by(order: Order) -> int:
    """Buying power that a resting order holds by the rules."""
    assert order.closes or order.margin >= order.price, "what opens holds its price at least"
    price, rate = order.price, order.maker_fee
    if order.worst:
        price, rate = order.worst, max(order.maker_fee, order.taker_fee)
    fee = price * order.leaves * rate // 10**9
    return order.margin * order.leaves + order.multiplier * fee if order.margin else 0


def whole(decimal: str, places: int) -> int:
    """A decimal, negative or not, as a whole number of 10^-places; empty: 0."""
    number, _, fraction = decimal.removeprefix("-").partition(".")
    assert len(fraction) <= places, f"{decimal} has too many places"
    units = int((number or "0") + fraction.ljust(places, "0"))
    return -units if decimal.startswith("-") else units
