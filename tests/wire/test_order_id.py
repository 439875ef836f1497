"""Ids that say where in which log they were made."""

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outcry.domain.types import OrderId
from outcry.wire.order_id import (
    LogPlace,
    format_order_id,
    id_suffix,
    parse_order_id,
    parse_own_id,
)

ORDER_IDS = st.integers(0, (1 << 60) - 1)
SHARDS = st.integers(0, 1023)
LOGS = st.integers(0, (1 << 52) - 1)
SUFFIX = id_suffix(5, 0x0123456789ABC)


@given(ORDER_IDS, SHARDS, LOGS)
def test_an_id_is_reversible(order_id: int, shard: int, log_id: int) -> None:
    """An id tells entry, index, shard and log again, and is a UUID of version 8."""
    suffix = id_suffix(shard, log_id)
    text = format_order_id(order_id, suffix)
    place = LogPlace(OrderId(order_id), shard, log_id)
    assert parse_order_id(text) == parse_order_id(text.upper()) == place
    assert parse_own_id(text, suffix) == order_id
    assert place.entry == order_id >> 12
    assert (uuid.UUID(text).version, uuid.UUID(text).variant) == (8, uuid.RFC_4122)
    assert str(uuid.UUID(text)) == text


@given(ORDER_IDS, ORDER_IDS)
def test_ids_are_in_log_order(one: int, other: int) -> None:
    """Of two ids of a log the earlier is the smaller text."""
    assert (one < other) == (format_order_id(one, SUFFIX) < format_order_id(other, SUFFIX))


@given(ORDER_IDS, SHARDS, LOGS)
def test_the_id_of_another_log_is_not_our_own(order_id: int, shard: int, log_id: int) -> None:
    """Shards and logs share no id."""
    other = id_suffix(shard, log_id)
    own = parse_own_id(format_order_id(order_id, other), SUFFIX)
    assert own == (order_id if other == SUFFIX else None)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a1",
        "00000000-0001-8000-8000",
        f"00000000-0001-4000-{SUFFIX}",
        f"00000000-0001-8000-{SUFFIX} ",
        f"0000000000018000{SUFFIX}",
        f"-0000000-0000-8001-{SUFFIX}",
        f"+0000000-0001-8000-{SUFFIX}",
        f"0000_000-0001-8000-{SUFFIX}",
        f"0000000g-0001-8000-{SUFFIX}",
        f"0000000\u0661-0001-8000-{SUFFIX}",
        "00000000-0001-8000-c050-123456789abc",
        "0" * 1_000_000,
    ],
)
def test_anything_else_is_no_id(text: str) -> None:
    """Only the one form is an id."""
    assert parse_order_id(text) is None
    assert parse_own_id(text, SUFFIX) is None
