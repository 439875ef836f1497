"""Instruments from the command line."""

from outcry.cli.failed import ExitCode
from tests.cli.admin_gateway import AdminGateway


def test_an_instrument_is_listed_set_and_halted(at: AdminGateway) -> None:
    """With its band and its fees, which may change; orders find it as it is."""
    listing = ("instrument", "list", "acme", "--tick", "0.01", "--taker-fee", "0.001")
    assert at.outcry(*listing) == ExitCode.OK
    assert at.outcry(*listing) == ExitCode.REFUSED
    order = {"symbol": "ACME", "side": "buy", "quantity": "1", "price": "200"}
    assert at.exchange.enter("order.created", order)["result"] == "accepted"
    band = ("--reference-price", "100", "--price-band", "0.05")
    assert at.outcry("instrument", "set", "ACME", *band) == ExitCode.OK
    assert at.exchange.enter("order.created", order)["reason"] == "price_band"
    for word, reason in (("halt", "halted"), ("cancel-only", "cancel_only"), ("open", None)):
        assert at.outcry("instrument", word, "acme") == ExitCode.OK
        told = at.exchange.enter("order.created", order | {"price": "101"})
        assert told.get("reason") == reason
