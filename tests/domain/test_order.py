"""The life-cycle of an order."""

from outcry.domain.order import LIFE_CYCLE, OrderStatus


def test_every_status_is_in_the_table() -> None:
    """And leads to statuses of the table alone."""
    assert set(LIFE_CYCLE) == set(OrderStatus)
    assert {after for next_ in LIFE_CYCLE.values() for after in next_} <= set(OrderStatus)


def test_what_is_final_stays() -> None:
    """Filled, canceled, expired and rejected orders never change again; all others can come to an
    end."""
    final = {"filled", "canceled", "expired", "rejected"}
    for status, after in LIFE_CYCLE.items():
        assert (status in final) == (not after)
        assert status in final or final & set(after)
