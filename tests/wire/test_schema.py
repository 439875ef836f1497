"""The schemas of the messages agree with what is read and written."""

import re
from decimal import Decimal
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from outcry.domain.commands import Malformed
from outcry.domain.types import TimeInForce
from outcry.gateway.expiry import LogClock
from outcry.wire import requests, schema
from outcry.wire.entries import read_commands, read_entry
from outcry.wire.glossary import GLOSSARY
from outcry.wire.order_requests import NEW_ORDERS, NewOrderRequest, OrderRequest
from outcry.wire.schema import message_kinds, name_of, shape_of
from outcry.wire.subjects import ORDER_CREATED

CHECKED_IN = Path(__file__).parents[2] / "api" / "messages.schema.json"
DEFINED = schema.document()["$defs"]
WRITABLE = [name_of(kind) for kind in get_args(OrderRequest)]


GOES_WITH: dict[str, dict[str, Any]] = {
    "min_quantity": {"time_in_force": "ioc"},
    "good_until": {"time_in_force": "gtd"},
    "notional": {"quantity": None},
    "order_class": {},
    "take_profit": {"order_class": "oto"},
    "stop_loss": {"order_class": "oto"},
    "stop_loss_limit": {"order_class": "oto", "stop_loss": "180"},
    "trail_percent": {"trail": None},
}
"""What else an order says with some fields: `wire.order_types`."""


ADMIN = {name_of(kind): kind.__struct_fields__ for kind in get_args(requests.AdminCommandRequest)}
KEY = "0123456789abcdef"


def beside(name: str, field: str) -> dict[str, Any]:
    """With what a field goes in a command."""
    return {} if name == "ReplaceOrder" else GOES_WITH.get(field, {})


def is_understood(command: dict[str, Any]) -> bool:
    (read,) = read_commands(msgspec.json.encode(command), "", LogClock(by_entries=True).read)
    return type(read) is not Malformed


def is_understood_by_the_engine(command: dict[str, Any]) -> bool:
    """The same of what a gateway sends for an administrator."""
    body = msgspec.json.encode(command | {"key": KEY})
    (read,) = read_entry(ORDER_CREATED, body, "")
    return type(read) is not Malformed


def example_of(name: str) -> dict[str, Any]:
    """The smallest command of a schema, from its examples."""
    properties = DEFINED[name]["properties"]
    needed = [*DEFINED[name]["required"]]
    if name in ("ReplaceOrder", "CancelOrder"):
        needed.append("client_order_id")
    needed += NEEDED.get(name, ())
    return {field: value_of(properties[field]) for field in needed}


def value_of(shape: dict[str, Any]) -> Any:
    if "boolean" in shape.get("type", ""):
        return True
    return shape["enum"][0] if "enum" in shape else shape["examples"][0]


def test_the_schema_that_is_checked_in_is_of_this_version() -> None:
    """api/messages.schema.json is what `python -m outcry.wire.schema` writes."""
    fresh = msgspec.json.decode(CHECKED_IN.read_bytes()) == schema.document()
    assert fresh, "renew it with: .venv/bin/python -m outcry.wire.schema > api/messages.schema.json"


def test_each_form_of_a_new_order_says_of_every_field_whether_it_may_be_there() -> None:
    """What an order of the type never has is written as `None`."""
    fields = {kind.__name__: set(kind.__struct_fields__) for kind in NEW_ORDERS}
    whole = set[str]().union(*fields.values())
    assert not {name: whole - said for name, said in fields.items() if whole != said}


@pytest.mark.parametrize("form", NEW_ORDERS)
def test_each_form_of_a_new_order_shows_the_times_in_force_that_it_may_have(
    form: type[NewOrderRequest],
) -> None:
    """Those with which it is understood, and no other."""
    example = example_of(name_of(form))
    end = {"good_until": value_of(DEFINED["ReplaceOrder"]["properties"]["good_until"])}
    times = {
        time
        for time in TimeInForce
        for more in [end if time is TimeInForce.GTD else {}]
        if is_understood(example | {"time_in_force": time} | more)
    }
    shown = DEFINED[name_of(form)]["properties"]["time_in_force"]["enum"]
    assert {None, *times} == set(shown)


def test_every_word_is_explained_and_every_explanation_used() -> None:
    """The glossary holds the fields of all messages, and nothing else."""
    used = {
        key
        for kind in message_kinds()
        for field in msgspec.structs.fields(kind)
        for key in (field.name, f"{kind.__name__}.{field.name}")
    }
    assert set(GLOSSARY) <= used


def test_names_are_not_taken_twice() -> None:
    """No two messages have the same name in the schemas."""
    names = [name_of(kind) for kind in message_kinds()]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("name", WRITABLE)
def test_what_the_schema_shows_is_understood(name: str) -> None:
    """The examples of a command make a command; each of its other fields may be added or null."""
    command = example_of(name)
    assert is_understood(command)
    for field, shape in DEFINED[name]["properties"].items():
        named = field in ("order_id", "client_order_id") and "op" in command
        if field in command or named:
            continue
        assert is_understood(command | {field: None}), field
        if shape.get("type") == "null":
            assert field not in DEFINED[name]["required"]
        else:
            more = beside(name, field) | {field: value_of(shape)}
            assert is_understood(command | more), field


@pytest.mark.parametrize("name", WRITABLE)
def test_what_the_schema_requires_is_missed(name: str) -> None:
    """Without a field that is required, and with one that is unknown, it is not understood."""
    command = example_of(name)
    for field in DEFINED[name]["required"]:
        rest = {key: value for key, value in command.items() if key != field}
        assert not is_understood(rest), field
    assert not is_understood(command | {"colour": "red"})


@pytest.mark.parametrize("name", ADMIN)
def test_what_the_schema_shows_of_administration_is_understood(name: str) -> None:
    """The smallest of each command of administrators, and each of its fields, by their examples."""
    properties = DEFINED[name]["properties"]
    needed = [*DEFINED[name]["required"], *NEEDED.get(name, ())]
    command = {field: admin_value(properties[field]) for field in needed}
    assert is_understood_by_the_engine(command)
    for field in properties.keys() - set(needed) - set(NOT_WITH.get(name, ())):
        given = {"type": "margin"} if field in ("multiplier", "shorting") else {}
        given = given if "type" in properties else {}
        nothing = is_understood_by_the_engine(command | {field: None})
        assert nothing is ("null" in properties[field].get("type", "null")), field
        shown = command | given | {field: admin_value(properties[field])}
        assert is_understood_by_the_engine(shown), field
    for field in DEFINED[name]["required"]:
        rest = {key: value for key, value in command.items() if key != field}
        assert not is_understood_by_the_engine(rest), field
    assert not is_understood_by_the_engine(command | {"colour": "red"})


NEEDED = {
    "ReplaceOrder": ("price",),
    "NewLimitOrder": ("quantity",),
    "NewMarketOrder": ("quantity",),
    "NewTrailingStopOrder": ("trail",),
    "DepositRequest": ("symbol", "quantity"),
    "WithdrawRequest": ("symbol", "quantity"),
    "CreateKeyRequest": ("accounts",),
}
NOT_WITH = {
    "DepositRequest": ("amount",),
    "WithdrawRequest": ("amount",),
    "SetAccountRequest": ("symbol",),
    "KillSwitchRequest": ("symbol",),
    "ReleaseSwitchRequest": ("symbol",),
}


def admin_value(shape: dict[str, Any]) -> Any:
    types = shape.get("type", "")
    if "boolean" in types:
        return True
    return ["demo"] if "array" in types or "anyOf" in shape else value_of(shape)


TEXTS = st.text(
    st.one_of(st.sampled_from('AZaz09._-/ "\\~!\n.'), st.characters(codec="utf-8")), max_size=34
)


@given(TEXTS, st.sampled_from(["symbol", "account", "client_order_id"]))
def test_the_patterns_are_those_that_are_read(text: str, field: str) -> None:
    """Text fits the pattern of its field if, and only if, it is understood there."""
    pattern = DEFINED["NewLimitOrder"]["properties"][field]["pattern"]
    fits = re.fullmatch(pattern.removesuffix("$"), text) is not None
    assert is_understood(example_of("NewLimitOrder") | {field: text}) is fits


@given(st.from_regex(r"[0-9]{0,11}(\.[0-9]{0,10})?", fullmatch=True))
def test_the_pattern_of_decimals_is_that_which_is_read(text: str) -> None:
    """A decimal that fits is understood if it is above 0 and within the bound, and no other is."""
    shape = DEFINED["NewLimitOrder"]["properties"]["quantity"]
    fits = re.fullmatch(shape["pattern"].removesuffix("$"), text) is not None
    within = fits and 0 < Decimal(text) <= shape["maximum"]
    assert is_understood(example_of("NewLimitOrder") | {"quantity": text}) is within


@pytest.mark.parametrize(
    ("hint", "shape"),
    [
        (str, {"type": "string"}),
        (str | None, {"type": ["string", "null"]}),
        (tuple[int, ...], {"type": "array", "items": {"type": "integer"}}),
        (
            tuple[str, int],
            {
                "type": "array",
                "items": {"type": ["string", "integer"]},
                "minItems": 2,
                "maxItems": 2,
            },
        ),
        (tuple[str, ...] | int, {"anyOf": [shape_of(tuple[str, ...], ""), {"type": "integer"}]}),
    ],
)
def test_a_type_is_told_as_json(hint: Any, shape: dict[str, Any]) -> None:
    """The types that messages hold, as JSON Schema."""
    assert shape_of(hint, "") == shape
