"""What a story expects: of the answers one by one, and of what is after all of them."""

from collections.abc import Callable, Iterator, Mapping

from outcry.domain.power import available
from outcry.domain.types import Side
from outcry.wire.decimals import format_decimal, parse_decimal
from outcry.wire.messages import ExecutionMessage
from outcry.wire.order_id import format_order_id, id_suffix
from tests.scenarios.script import FLAGS, Words, key_id, pairs
from tests.scenarios.stage import Has, Stage, in_words, whole
from tests.venue import LOG, SHARD

STATUSES = {"held", "new", "partially_filled", "filled", "canceled", "expired", "rejected"}


# Answers -------------------------------------------------------------------------------------


def expect(stage: Stage, words: Words) -> None:
    answer = stage.next_answer("accepted")
    if words != ["accepted"]:
        see_order(answer, words)


def see_order(answer: ExecutionMessage, words: Words) -> None:
    order = answer.order
    assert order is not None, "no order is told"
    status, *rest = words
    assert status in STATUSES, f"no status {status}"
    assert order.status == status, f"{order.status} {order.reason}"
    if rest and rest[0] not in ("filled", "left", "average", "shows"):
        assert order.reason == rest.pop(0), f"reason {order.reason}"
    told = {
        "filled": order.filled_quantity,
        "left": order.leaves_quantity,
        "average": order.average_price,
        "shows": order.displayed_quantity,
    }
    for name, number in pairs(rest).items():
        assert told[name] == plain(number), f"{name} {told[name]}"


def triggered(stage: Stage, words: Words) -> None:
    answer = stage.next_answer("accepted")
    name, *order = words
    assert answer.op == "stop.triggered" and answer.index >= 1_000, f"{answer.op} {answer.index}"
    assert answer.command.order_id == stage.orders[name]  # type: ignore[union-attr]
    assert answer.order is not None and answer.order.order_id == stage.orders[name]
    see_order(answer, order)


def moved(stage: Stage, words: Words) -> None:
    """An exit came up to its parent, that of a1 is a1-exit; or a parent ended with its exit."""
    answer = stage.next_answer("accepted")
    name, *order = words
    assert answer.op == "exit.moved" and answer.index >= 1_000, f"{answer.op} {answer.index}"
    assert answer.order is not None and answer.order.order_id == stage.orders[name]
    assert answer.command.order_id == stage.orders[name]  # type: ignore[union-attr]
    if name.endswith("-exit"):
        assert answer.order.parent_order_id == stage.orders[name.removesuffix("-exit")]
    see_order(answer, order)


def terms(stage: Stage, words: Words) -> None:
    """Of the order that is told; `none`: it has no such term."""
    order = present(stage).order
    assert order is not None, "no order is told"
    for name, value in pairs(words).items():
        told = getattr(order, name)
        units = parse_decimal(value)
        expected = "" if value == "none" else value if units is None else format_decimal(units)
        assert told == expected, f"{name} {told}"


def refused(stage: Stage, words: Words) -> None:
    answer = stage.next_answer("rejected")
    reason, *field = words
    assert answer.reason == reason, f"{answer.reason}: {answer.text}"
    assert not field or answer.field == field[0], f"field {answer.field}"


def says(stage: Stage, words: Words) -> None:
    text = " ".join(in_words(present(stage).text))
    assert " ".join(words) in text, text


def duplicate(stage: Stage, words: Words) -> None:
    answer = stage.next_answer("duplicate")
    _, name, *status = words
    assert answer.first_seq == stage.taken[name], f"of execution {answer.first_seq}"
    if status:
        assert answer.order is not None and answer.order.client_order_id == name
        see_order(answer, status)


def trade(stage: Stage, words: Words) -> None:
    quantity, _, price, _, name, *fees = words
    assert stage.trades, "no more trades"
    told = stage.trades.pop(0)
    paid = {"fee": "", "maker": ""} | pairs(fees)
    expected = plain(quantity), plain(price), stage.orders[name], paid["fee"], paid["maker"]
    assert told == expected, f"{told}"


def withdrawn(stage: Stage, words: Words) -> None:
    assert stage.withdrawn, "no more withdrawn"
    name, *more = words
    gone = stage.withdrawn.pop(0)
    assert gone.order_id == stage.orders[name], gone
    assert more in ([], [gone.status, gone.reason]), gone


def tells(stage: Stage, words: Words) -> None:
    told = [
        name
        for balance in present(stage).balances
        for name in (balance.account, balance.symbol)
        if name
    ]
    assert told == ([] if words == ["nobody"] else words), f"{told}"


def signed(stage: Stage, words: Words) -> None:
    key = present(stage).key
    assert key == ("" if words == ["nobody"] else key_id(words[0])), f"key {key}"


def settings(stage: Stage, words: Words) -> None:
    told = stage.next_answer("accepted").settings
    account, *rest = words
    assert told is not None and told.account == account, "no settings are told"
    of: object = told
    if rest[0] == "in":
        _, symbol, *rest = rest
        (of,) = [terms for terms in told.terms if terms.symbol == symbol]
    for name, value in pairs(rest).items():
        is_now = getattr(of, name)
        as_told = value if value in FLAGS.values() else type(is_now)(value)
        assert is_now == as_told, f"{name} {is_now}"


def unfinished(stage: Stage, _: Words) -> None:
    assert stage.next_answer("accepted").unfinished, "it is finished"


def fired(stage: Stage, words: Words) -> None:
    see_due(stage, "switch.fired", words)


def goes_on(stage: Stage, words: Words) -> None:
    see_due(stage, "cancel_all", words)


def over(stage: Stage, words: Words) -> None:
    answer = stage.next_answer("accepted")
    assert answer.op == "orders.expired" and answer.index == 1_000, f"{answer.op} {answer.index}"
    assert answer.unfinished == (words == ["unfinished"]), f"unfinished {answer.unfinished}"


def see_due(stage: Stage, op: str, words: Words) -> None:
    answer = stage.next_answer("accepted")
    account, *more = words
    assert answer.op == op and answer.index >= 1_000, f"{answer.op} {answer.index}"
    assert answer.command.account == account  # type: ignore[union-attr]
    assert answer.unfinished == (more == ["unfinished"]), f"unfinished {answer.unfinished}"


def blocked(stage: Stage, _: Words) -> None:
    answer = stage.next_answer("accepted")
    assert answer.blocked and answer.order is None, f"blocked {answer.blocked}"


def fires(stage: Stage, words: Words) -> None:
    answer = stage.next_answer("accepted")
    assert answer.fires_at == words[0], f"{answer.fires_at}"


def good_until(stage: Stage, words: Words) -> None:
    order = present(stage).order
    assert order is not None and order.good_until == words[0], f"{order}"


def worth(stage: Stage, words: Words) -> None:
    order = present(stage).order
    assert order is not None and order.notional == plain(words[0]), f"{order}"


def time(stage: Stage, words: Words) -> None:
    answer = stage.next_answer(None)
    assert answer.ts == words[0], f"{answer.ts}"


def present(stage: Stage) -> ExecutionMessage:
    """The answer that was expected last."""
    assert stage.answer is not None, "nothing was asked"
    return stage.answer


# What is ---------------------------------------------------------------------------------------


def book(stage: Stage, words: Words) -> None:
    stage.next_answer(None)
    acme = stage.venue.engine.books["ACME"]
    levels = [
        (name, format_decimal(level.price), format_decimal(level.quantity))
        for name, ladder in (("bid", acme.bids), ("ask", acme.asks))
        for level in ladder
    ]
    tokens = iter([] if words == ["empty"] else words)
    expected = [(name, plain(next(tokens)), plain(after(tokens, "x"))) for name in tokens]
    assert levels == expected, f"{levels}"


def queue(stage: Stage, words: Words) -> None:
    stage.next_answer(None)
    side, price, *names = words
    acme = stage.venue.engine.books["ACME"]
    ladder = acme.side(Side.BUY if side == "bid" else Side.SELL)
    level = ladder.levels[ladder.sign * (parse_decimal(price) or 0)]
    standing, order = [], level.first
    exits = {order_id: name for name, order_id in stage.orders.items() if name.endswith("-exit")}
    while order is not None:
        leg = exits.get(format_order_id(order.order_id, id_suffix(SHARD, int(LOG, 16))), "")
        standing.append(order.client_order_id or leg)
        order = order.next
    assert standing == names, f"{standing}"


def balance(stage: Stage, words: Words) -> None:
    stage.next_answer(None)
    account, *rest = words
    has = stage.told.get(account, {})
    assert has == read_balance(rest), f"{account} has {has}"


def read_balance(words: Words) -> Has:
    """`cash 100 held 20 ACME 5 held 3`; what is nothing is left out."""
    has: Has = {}
    of, places = "", 18
    for name, number in zip(words[::2], words[1::2], strict=True):
        if name == "held":
            has[of] = has[of][0], whole(number, places)
        else:
            of, places = ("", 18) if name == "cash" else (name, 9)
            has[of] = whole(number, places), 0
    return {name: amounts for name, amounts in has.items() if amounts != (0, 0)}


def power(stage: Stage, words: Words) -> None:
    stage.next_answer(None)
    engine = stage.venue.engine
    account, number = words
    spendable = available(engine.accounts.by_name[account], engine.books)
    assert spendable == whole(number, 18), f"{spendable}"


def reference(stage: Stage, words: Words) -> None:
    stage.next_answer(None)
    symbol, price = words
    mark = stage.venue.engine.books[symbol].mark
    assert mark == (0 if price == "none" else whole(price, 9)), f"{mark}"


def after(tokens: Iterator[str], word: str) -> str:
    assert next(tokens) == word
    return next(tokens)


def plain(number: str) -> str:
    units = parse_decimal(number)
    assert units is not None, f"no decimal {number}"
    return format_decimal(units)


EXPECTATIONS: Mapping[str, Callable[[Stage, Words], None]] = {
    "expect": expect,
    "triggered": triggered,
    "moved": moved,
    "terms": terms,
    "refused": refused,
    "says": says,
    "duplicate": duplicate,
    "trade": trade,
    "withdrawn": withdrawn,
    "tells": tells,
    "signed": signed,
    "settings": settings,
    "unfinished": unfinished,
    "fired": fired,
    "goes-on": goes_on,
    "over": over,
    "blocked": blocked,
    "fires": fires,
    "good-until": good_until,
    "worth": worth,
    "time": time,
    "book": book,
    "queue": queue,
    "balance": balance,
    "power": power,
    "reference": reference,
}
"""By the first word of their lines."""
