"""What the reply subject of a delivery tells."""

import pytest

from outcry.log.consumer import parse_delivery

OLD = "$JS.ACK.ORDERS.broker-1a2b3c4d.1.1042.42.1795399623345209284.7"
NEW = "$JS.ACK.hub.ACCOUNT.ORDERS.broker-1a2b3c4d.1.1042.42.1795399623345209284.7"


@pytest.mark.parametrize("reply", [OLD, NEW, f"{NEW}.token"])
def test_a_delivery_is_read_from_either_form(reply: str) -> None:
    """With or without domain and account; the time keeps all its digits."""
    delivery = parse_delivery(reply)
    assert (delivery.seq, delivery.nth, delivery.ts_ns) == (1042, 42, 1795399623345209284)


def test_an_earlier_entry_is_acknowledged_by_its_own_numbers() -> None:
    """Both sequences go back by as much: the stream has no gaps."""
    subject = parse_delivery(OLD).ack_subject(1040)
    assert subject == "$JS.ACK.ORDERS.broker-1a2b3c4d.1.1040.40.1795399623345209284.0"
