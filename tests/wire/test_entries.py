"""Entries of ORDERS: bytes to commands, and back."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from outcry.domain.commands import (
    CancelAll,
    CancelAllAfter,
    CancelOrder,
    Malformed,
    NewOrder,
    OrderCommand,
    ReplaceOrder,
)
from outcry.domain.instructions import NONE, Instructions
from outcry.domain.limits import LAST_NS, TIMEOUT_MAX_MS
from outcry.domain.reject import RejectReason
from outcry.domain.types import UNIT, OrderId, Side, Trigger
from outcry.wire.decimals import parse_number
from outcry.wire.entries import DEPTH_MAX, join_commands, read_commands, read_entry, write_command
from outcry.wire.order_id import id_suffix
from outcry.wire.order_types import CLASSES, SIMPLE, TABLE, row_of

SUFFIX = id_suffix(5, 0x0123456789ABC)
NAMES = st.text(st.sampled_from("abcXYZ019"), min_size=1, max_size=32)
SYMBOLS = st.text(st.sampled_from("ABC019./_-"), max_size=31).map(lambda text: f"A{text}")
CLIENT_IDS = st.text(
    st.characters(min_codepoint=32, max_codepoint=126, exclude_characters='"\\'), max_size=128
)
UNITS = st.integers(1, 9_000_000_000 * 10**9)
EXPIRIES = st.one_of(st.just(0), st.integers(1, LAST_NS))
PARTS: dict[str, st.SearchStrategy[Any]] = {
    "post_only": st.just(True),
    "reduce_only": st.just(True),
    "min_quantity": UNITS,
    "display_quantity": st.integers(1, 10**18),
    "stop_price": UNITS,
    "trigger": st.sampled_from(Trigger),
    "stop_limit_price": UNITS,
    "take_profit": UNITS,
    "stop_loss": UNITS,
    "stop_loss_limit": UNITS,
    "trail": UNITS,
    "trail_percent": st.integers(1, 100 * UNIT - 1),
    "notional": UNITS,
}
CELLS = [
    *((kind, time, SIMPLE) for kind, time in TABLE),
    *((*row, order_class) for order_class, rules in CLASSES.items() for row in rules.rows),
]


@st.composite
def orders(draw: st.DrawFn) -> NewOrder:
    """An order whose terms go together, with some of what it may say."""
    kind, time, order_class = draw(st.sampled_from(CELLS))
    row = row_of(kind, time, order_class)
    chosen = [draw(st.sampled_from(names)) for names in row.one_of]
    names = {*row.needs, *chosen, *draw(st.sets(st.sampled_from(row.may)))}
    if "stop_loss" not in names:
        names.discard("stop_loss_limit")
    if "notional" in names:
        names -= {"min_quantity", "display_quantity"}
    said = {name: draw(values) for name, values in PARTS.items() if name in names}
    if "good_until" in names:
        said["good_until_ns"] = draw(st.integers(1, LAST_NS))
    asked = Instructions(**said)
    least = max(draw(UNITS), asked.min_quantity, asked.display_quantity + 1)
    return NewOrder(
        draw(NAMES),
        draw(CLIENT_IDS),
        draw(SYMBOLS),
        draw(st.sampled_from(Side)),
        kind,
        time,
        0 if asked.notional else least,
        draw(UNITS) if "price" in names else 0,
        draw(EXPIRIES),
        instructions=asked if asked != NONE else None,
    )


ORDER_IDS = st.integers(0, (1 << 60) - 1).map(OrderId)
NAMED = st.one_of(st.tuples(ORDER_IDS, st.just("")), st.tuples(st.none(), CLIENT_IDS.filter(bool)))
TERMS = st.fixed_dictionaries(
    {},
    optional=dict.fromkeys(("quantity", "price", "stop_price", "stop_limit_price", "trail"), UNITS)
    | {"trail_percent": PARTS["trail_percent"], "good_until_ns": st.integers(1, LAST_NS)},
).filter(bool)
REPLACES = st.builds(
    lambda account, named, terms, new, expire_ns: ReplaceOrder(
        account,
        named[0],
        named[1],
        new_client_order_id=new,
        expire_ns=expire_ns,
        **{"quantity": None, "price": None} | terms,
    ),
    NAMES,
    NAMED,
    TERMS,
    CLIENT_IDS,
    EXPIRIES,
)
CANCELS = st.tuples(NAMES, NAMED, EXPIRIES).map(
    lambda drawn: CancelOrder(drawn[0], drawn[1][0], drawn[1][1], drawn[2])
)
CANCEL_ALLS = st.builds(
    CancelAll, NAMES, st.one_of(st.just(""), SYMBOLS), st.sampled_from([None, *Side]), EXPIRIES
)
SWITCHES = st.builds(CancelAllAfter, NAMES, st.integers(0, TIMEOUT_MAX_MS), EXPIRIES)
KEYS = st.sampled_from(["", "0123456789abcdef", "f" * 16])
COMMANDS = st.builds(
    lambda command, key: msgspec.structs.replace(command, key=key),
    st.one_of(orders(), REPLACES, CANCELS, CANCEL_ALLS, SWITCHES),
    KEYS,
)


@given(st.lists(COMMANDS, min_size=1))
def test_what_is_written_is_read_back(commands: list[OrderCommand]) -> None:
    """A gateway writes commands one by one and joins them; the engine reads the same ones."""
    body = join_commands([write_command(command, SUFFIX) for command in commands])
    assert read_commands(body, SUFFIX) == commands


@given(st.lists(COMMANDS, min_size=1, max_size=3))
def test_a_bad_element_leaves_the_others_as_they_are(commands: list[OrderCommand]) -> None:
    """Read apart or together, a command means the same."""
    written = [write_command(command, SUFFIX) for command in commands]
    read = read_commands(b"[" + b",".join([*written, b"1e999"]) + b"]", SUFFIX)
    assert read[:-1] == commands
    assert isinstance(read[-1], Malformed)


@pytest.mark.parametrize(
    ("open_", "close"), [(b"[", b"]"), (b'{"a":', b"}")], ids=["array", "object"]
)
def test_brackets_stand_eight_deep_at_most(open_: bytes, close: bytes) -> None:
    """Nine are refused whole, before the element at fault is looked for."""
    inner = b"1" if open_ != b"[" else b""
    for depth, text in ((DEPTH_MAX, "object"), (DEPTH_MAX + 1, "brackets")):
        body = open_ * depth + inner + close * depth
        (command,) = read_entry("account.set", body, SUFFIX)
        assert isinstance(command, Malformed)
        assert ("brackets" in command.reject.text) == (text == "brackets")


@pytest.mark.parametrize(
    "text",
    ["[[[[[[[[[[", "}}}}}}}}}}{{{{{{{{{{", '"[[[[[[[[[[', '\\"[[[[[[[[[[', '\\\\\\"[[[[[[[[[['],
)
def test_brackets_in_text_are_text(text: str) -> None:
    """A client order id may be full of brackets, with quotation marks that are escaped or not."""
    body = json.dumps([{"op": "cancel", "client_order_id": text, "account": "bob"}, 1]).encode()
    cancel, _ = read_commands(body, SUFFIX)
    if isinstance(cancel, Malformed):
        assert cancel.reject.field == "client_order_id"
    else:
        assert cancel == CancelOrder("bob", None, text)


@pytest.mark.parametrize("count", [1, 1_000, 1_001])
def test_an_entry_holds_a_thousand_commands(count: int) -> None:
    """One more, and the entry is refused whole."""
    commands = read_commands(b"[" + b",".join([b'{"a":12345}'] * count) + b"]", SUFFIX)
    assert len(commands) == (count if count <= 1_000 else 1)
    reason = RejectReason.MALFORMED if count <= 1_000 else RejectReason.TOO_MANY_COMMANDS
    assert isinstance(commands[0], Malformed) and commands[0].reject.reason is reason


@pytest.mark.parametrize("element", [b"0", b"{}", b'{"a":0}', b"1e999"])
def test_the_answer_is_not_much_longer_than_the_entry(element: bytes) -> None:
    """Many elements that are too short to be commands get one refusal, a few one each."""
    for count in (4, 5, 1_000):
        commands = read_commands(b"[" + b",".join([element] * count) + b"]", SUFFIX)
        assert len(commands) == (count if count == 4 else 1)
        assert isinstance(commands[0], Malformed)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b'{"symbol":"A","side":"buy","quantity":1e400,"price":1}', "quantity"),
        (b'{"symbol":"A","side":"buy","quantity":1,"price":NaN}', "price"),
        (b'{"symbol":"A","side":"buy","quantity":1,"price":Infinity}', "price"),
        (b'{"symbol":"A","side":"buy","quantity":1,"price":01}', ""),
        (b'{"op":"cancel","account":5e999,"client_order_id":"a"}', ""),
        (b'{"op":"cancel","client_order_id":"\\ud800"}', "client_order_id"),
    ],
)
def test_a_broken_number_is_named_by_its_field(body: bytes, field: str) -> None:
    """What no JSON reader takes is explained where it can be, and never accepted."""
    (command,) = read_commands(body, SUFFIX)
    assert isinstance(command, Malformed) and command.reject.field == field


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_is_the_float_that_every_json_reader_finds(value: float) -> None:
    """How many digits or which exponent it has makes no difference to what it means."""
    for text in (repr(value), f"{value:.20e}"):
        order = f'{{"symbol":"A","side":"buy","quantity":{text},"price":1}}'.encode()
        (command,) = read_commands(order, SUFFIX)
        units = parse_number(json.loads(text))
        assert (command.quantity if isinstance(command, NewOrder) else None) == (units or None)
