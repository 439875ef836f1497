"""The document of what is sent and not asked (AsyncAPI 3.0): NATS subjects and both WebSockets.

python -m outcry.wire.asyncapi > api/asyncapi.json
"""

from typing import Any, get_args

from outcry import __version__
from outcry.domain.limits import COMMANDS_MAX
from outcry.wire import command_messages
from outcry.wire.books import ErrorMessage
from outcry.wire.messages import ExecutionMessage, UnknownAnswer
from outcry.wire.order_requests import OrderRequest
from outcry.wire.requests import AdminCommandRequest
from outcry.wire.schema import Kind, Schema, gathered, shape_of, write
from outcry.wire.subjects import ORDER_COMPLETED, ORDER_CREATED
from outcry.wire.views import OwnExecution, PublicExecution

_AT = "#/components/schemas/"
_ENTRIES: dict[str, Kind] = {
    **{kind.__annotations__["op"].__args__[0]: kind for kind in get_args(AdminCommandRequest)},
    "clock.advance": command_messages.ClockMessage,
    "clock.tick": command_messages.TickMessage,
    "venue.open": command_messages.VenueMessage,
    "venue.upgrade": command_messages.UpgradeMessage,
}
_KEY = "A key is sent as a bearer token, or, by browsers, as a subprotocol beside `outcry`."
_SERVERS = {
    "nats": {
        "host": "localhost:4222",
        "protocol": "nats",
        "description": "Without a user you are a guest: you may publish order.created, for "
        "accounts that are open to all, and subscribe order.completed, no more.",
    },
    "gateway": {
        "host": "localhost:8080",
        "protocol": "ws",
        "description": f"Order entry. {_KEY}",
    },
    "stream": {
        "host": "localhost:8081",
        "protocol": "ws",
        "description": f"Completions; without a key, what is public of them. {_KEY}",
    },
}


def document() -> Schema:
    channels = _channels()
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Open Outcry",
            "version": __version__,
            "description": "Commands in, executions out, over NATS and WebSocket. What is asked "
            "and answered over HTTP is in openapi.json.",
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "servers": _SERVERS,
        "channels": channels,
        "operations": _operations(),
        "components": {"schemas": gathered(channels, _AT)},
    }


def _channels() -> Schema:
    command: Schema = {"anyOf": [shape_of(kind, _AT) for kind in get_args(OrderRequest)]}
    several = {"type": "array", "items": command, "minItems": 1, "maxItems": COMMANDS_MAX}
    told, own, public = (
        shape_of(kind, _AT) for kind in (ExecutionMessage, OwnExecution, PublicExecution)
    )
    found = {
        "commands": _channel(
            ORDER_CREATED,
            "nats",
            "Order commands: one, or an array of them. Elements are independent. A guest has no "
            "key: only accounts that are open to all may be named.",
            {"anyOf": [command, several]},
        ),
        "completions": _channel(
            ORDER_COMPLETED,
            "nats",
            "The answer to an entry, once it is stored: an execution for each of its commands, and "
            "of it what is public; services and the operator hear it whole.",
            {"type": "array", "items": {"anyOf": [public, told]}, "minItems": 1},
        ),
        "stream": _channel(
            "/ws",
            "stream",
            "Every execution as it happens, one a text frame. Connect with ?after=<seq> of the "
            "last one you saw, and its &log=<id>, and none is missed. Without a key it is what is "
            "public, with one also what is of its accounts, with an administrator's all of it.",
            {"anyOf": [public, own, told]},
        ),
        "session": {
            "address": "/ws",
            "servers": [{"$ref": "#/servers/gateway"}],
            "description": "Order entry: text frames, many in flight, answered under your id. "
            "With ?cancel_on_disconnect=<account> the orders of that account are cancelled when "
            "the session ends.",
            "messages": {
                "request": {"payload": _request(command, several)},
                "answer": {"payload": _answer({"anyOf": [told, own]})},
            },
        },
    }
    for subject, kind in _ENTRIES.items():
        text = f"An entry of the operator. {kind.__doc__}"
        found[subject] = _channel(subject, "nats", text, shape_of(kind, _AT))
    return found


def _channel(address: str, server: str, text: str, payload: Schema) -> Schema:
    return {
        "address": address,
        "servers": [{"$ref": f"#/servers/{server}"}],
        "description": " ".join(text.split()),
        "messages": {"message": {"payload": payload}},
    }


def _request(command: Schema, several: Schema) -> Schema:
    tag = {"type": ["string", "integer", "null"], "description": "Yours; the answer has it too."}
    return {
        "type": "object",
        "properties": {"id": tag, "order": command, "orders": several},
        "additionalProperties": False,
        "oneOf": [{"required": ["order"]}, {"required": ["orders"]}],
    }


def _answer(execution: Schema) -> Schema:
    result = {
        "execution": execution,
        "error": shape_of(ErrorMessage, _AT),
        "unknown": shape_of(UnknownAnswer, _AT),
    }
    one_of = [{"required": [name]} for name in result]
    results = {"type": "array", "items": {"type": "object", "properties": result, "oneOf": one_of}}
    tag = {"type": ["string", "integer", "null"]}
    return {
        "type": "object",
        "properties": {"id": tag, **result, "results": results},
        "required": ["id"],
        "oneOf": [*one_of, {"required": ["results"]}],
    }


def _operations() -> Schema:
    """As the exchange sees them: what it receives, and what it sends."""

    def operation(action: str, channel: str, message: str = "message") -> dict[str, Any]:
        at = f"#/channels/{channel}"
        return {
            "action": action,
            "channel": {"$ref": at},
            "messages": [{"$ref": f"{at}/messages/{message}"}],
        }

    entries = {f"take {subject}": operation("receive", subject) for subject in _ENTRIES}
    return {
        "take commands": operation("receive", "commands"),
        "tell completions": operation("send", "completions"),
        "stream executions": operation("send", "stream"),
        "take requests": operation("receive", "session", "request"),
        "answer requests": operation("send", "session", "answer"),
        **entries,
    }


if __name__ == "__main__":
    write(document())
