"""The API document says what is there, and shows what is true."""

from pathlib import Path
from typing import Any, cast

import jsonschema_rs
import msgspec
import pytest
from prometheus_client import CollectorRegistry
from starlette.routing import Route

from outcry.domain.commands import Malformed
from outcry.domain.limits import VERSION
from outcry.domain.types import Role
from outcry.gateway import examples, openapi
from outcry.gateway.admin_http import AdminRoutes
from outcry.gateway.expiry import LogClock
from outcry.gateway.orders_http import OrderRoutes
from outcry.gateway.reads import Reads
from outcry.gateway.routes import gateway_app
from outcry.gateway.senders import Sender
from outcry.log.connection import Connection
from outcry.log.log import Entry
from outcry.orders.answer import Desk
from outcry.wire.access import Key
from outcry.wire.admin_commands import read_admin_command
from outcry.wire.entries import read_commands
from outcry.wire.subjects import ORDER_CREATED, VENUE_OPEN

CHECKED_IN = Path(__file__).parents[2] / "api" / "openapi.json"
DOCUMENT = openapi.document()


def holders(told: Any) -> list[dict[str, Any]]:
    """Everything in the document that has a schema."""
    if isinstance(told, list):
        return [found for one in told for found in holders(one)]
    if not isinstance(told, dict):
        return []
    inside = [found for one in told.values() for found in holders(one)]
    return [told, *inside] if isinstance(told.get("schema"), dict) else inside


def whole(shape: dict[str, Any]) -> dict[str, Any]:
    """A schema that stands by itself."""
    return shape | {"components": DOCUMENT["components"]}


def test_the_document_that_is_checked_in_is_of_this_version() -> None:
    """api/openapi.json is what `python -m outcry.gateway.openapi` writes."""
    fresh = msgspec.json.decode(CHECKED_IN.read_bytes()) == DOCUMENT
    assert fresh, "renew it with: .venv/bin/python -m outcry.gateway.openapi > api/openapi.json"


def test_every_address_is_described_and_no_other() -> None:
    """The document has the addresses and methods of the gateway."""
    app = gateway_app(
        OrderRoutes(cast(Any, None), cast(Any, None)),
        AdminRoutes(cast(Any, None), cast(Any, None)),
        Reads(cast(Connection, None), cast(Any, None), cast(Any, None)),
        CollectorRegistry(),
        lambda: ("", {}),
    )
    served = {
        (route.path.replace(":path", ""), method.lower())
        for route in app.routes
        if isinstance(route, Route) and route.include_in_schema
        for method in route.methods or ()
        if method != "HEAD"
    }
    told = {(path, method) for path, methods in DOCUMENT["paths"].items() for method in methods}
    assert told == served


def test_names_for_programs_are_not_taken_twice() -> None:
    """Every operation has a name of its own."""
    names = [
        operation["operationId"]
        for methods in DOCUMENT["paths"].values()
        for operation in methods.values()
    ]
    assert len(set(names)) == len(names)


def test_every_schema_is_one() -> None:
    """The schemas are JSON Schema, and their references lead somewhere."""
    for holder in holders(DOCUMENT):
        jsonschema_rs.validator_for(whole(holder["schema"]))
    for name in DOCUMENT["components"]["schemas"]:
        jsonschema_rs.validator_for(whole({"$ref": f"#/components/schemas/{name}"}))


def test_examples_fit_their_schemas() -> None:
    """What the document shows is what it describes."""
    shown = 0
    for holder in holders(DOCUMENT):
        values = [example["value"] for example in holder.get("examples", {}).values()]
        values += [holder["example"]] if "example" in holder else []
        for value in values:
            jsonschema_rs.validate(whole(holder["schema"]), value)
            shown += 1
    assert shown


@pytest.mark.parametrize("name", examples.POSTED)
def test_an_example_of_a_request_is_understood(name: str) -> None:
    """Every example of POST /order can be sent as it stands."""
    body = msgspec.json.encode(examples.POSTED[name]["value"])
    read = LogClock(by_entries=True).read
    assert not any(type(command) is Malformed for command in read_commands(body, "", read))


@pytest.mark.parametrize("name", examples.ADMIN)
def test_an_example_of_administration_is_understood(name: str) -> None:
    """Every example of POST /admin can be sent as it stands."""
    value = examples.ADMIN[name]["value"]
    for fields in value if isinstance(value, list) else [value]:
        read_admin_command(dict(fields), fields["op"])


def test_the_example_of_an_execution_is_what_its_sender_is_told() -> None:
    """The execution in the document is the answer to the order in it, as its sender sees it."""
    desk = Desk()

    def answer(subject: str, body: Any) -> list[msgspec.Raw]:
        seq = desk.position + 1
        ts_ns = 1_761_930_000_000_000_000 + seq
        told = desk.answer(Entry(seq, ts_ns, subject, msgspec.json.encode(body)))
        return msgspec.json.decode(told, type=list[msgspec.Raw])

    answer(VENUE_OPEN, {"log": "0123456789abc", "engine": VERSION, "schema": 1})
    answer("instrument.list", {"symbol": "AAPL", "tick": "0.01", "taker_fee": "0.001"})
    for account in ("demo", "house"):
        answer("account.open", {"account": account, "access": "open"})
    answer("account.deposit", {"account": "demo", "amount": "10000"})
    answer("account.deposit", {"account": "house", "symbol": "AAPL", "quantity": "9"})
    key = {"key_id": "0123456789abcdef", "hash": "0" * 64, "role": "trade"}
    answer("key.create", key | {"accounts": ["demo"]})
    sell = {"symbol": "AAPL", "side": "sell", "account": "house"}
    first = sell | {"quantity": "4", "price": "189.40", "client_order_id": "h1"}
    second = sell | {"quantity": "5", "price": "189.60", "client_order_id": "h2"}
    answer(ORDER_CREATED, [first, second])
    (execution,) = answer(ORDER_CREATED, examples.LIMIT | {"key": "0123456789abcdef"})
    sender = Sender(Key("0123456789abcdef", Role.TRADE, ("demo",)))
    told = msgspec.json.decode(sender.view(bytes(execution)))
    assert told == examples.EXECUTION
    jsonschema_rs.validate(whole({"$ref": "#/components/schemas/OwnExecution"}), told)
