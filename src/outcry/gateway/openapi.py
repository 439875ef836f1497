"""The API document (OpenAPI 3.1), from the operations and the messages.

python -m outcry.gateway.openapi > api/openapi.json
"""

from outcry import __version__
from outcry.gateway.operation import AT, UNAUTHORIZED, Body, Field, Operation, Reply
from outcry.gateway.operations import OPERATIONS, TAGS
from outcry.wire.schema import Schema, gathered, write

_TEXT = """\
Orders in, executions out. Every command is answered by its *execution*: the whole result, with \
the order, its trades, and every other order that it changed.

Decimals and times are text. A field that is empty is left out. An error is \
`{"error": {"code", "message", "field"}}`; what may be sent again later comes with `Retry-After`. \
Further answers: 404 and 405 for an address or a method that is not here, 408 for a request that \
takes too long, 431 for headers that are too large.

What is somebody's own needs a key: send it as `Authorization: Bearer ook_…`. It says for which \
accounts you act and what you may do (`read`, `trade` or `admin`), and what an answer shows you: \
nothing of the orders, accounts and balances of others. A browser, which cannot set headers on a \
WebSocket, offers the subprotocols `outcry` and the key.

Executions also come as they happen: over the WebSocket of the trade stream, \
`ws://localhost:8081/ws`, and over NATS on `order.completed`.\
"""

KEY = "key"
"""How the document calls what every sender has."""
_KEY = "The text of a key, `ook_…`, as POST /keys and `outcry keys create` show it once."


def document() -> Schema:
    paths: dict[str, Schema] = {}
    for operation in OPERATIONS:
        paths.setdefault(operation.path, {})[operation.method] = _operation(operation)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Open Outcry",
            "version": __version__,
            "summary": "A self-hosted exchange: order entry, books and market.",
            "description": _TEXT,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "tags": [{"name": name, "description": text} for name, text in TAGS.items()],
        "paths": paths,
        "components": {
            "schemas": gathered(paths, AT),
            "securitySchemes": {KEY: {"type": "http", "scheme": "bearer", "description": _KEY}},
        },
    }


def _operation(operation: Operation) -> Schema:
    told: Schema = {"operationId": operation.name, "tags": [operation.tag]}
    told["summary"] = operation.summary
    told["security"] = [] if operation.open else [{KEY: []}]
    if operation.text:
        told["description"] = operation.text
    if operation.fields:
        told["parameters"] = [_parameter(field) for field in operation.fields]
    if operation.body:
        told["requestBody"] = _body(operation.body)
    replies = sorted(operation.replies.items())
    told["responses"] = {str(status): _reply(reply) for status, reply in replies}
    return told


def _parameter(field: Field) -> Schema:
    told: Schema = {"name": field.name, "in": field.where, "description": field.text}
    told |= {"required": field.required, "schema": field.shape}
    return told if field.example is None else told | {"example": field.example}


def _body(body: Body) -> Schema:
    content = {"schema": body.shape, "examples": body.examples}
    return {"required": True, "content": {"application/json": content}}


def _reply(reply: Reply) -> Schema:
    told: Schema = {"description": reply.text}
    if reply.retry:
        text = "Seconds after which the same request may succeed."
        shape: Schema = {"type": "integer", "minimum": 1}
        told["headers"] = {"Retry-After": {"description": text, "schema": shape}}
    if reply is UNAUTHORIZED:
        shape = {"const": "Bearer"}
        told["headers"] = {"WWW-Authenticate": {"description": "What to send.", "schema": shape}}
    if reply.shapes:
        shapes = list(reply.shapes)
        content: Schema = {"schema": shapes[0] if len(shapes) == 1 else {"anyOf": shapes}}
        if reply.examples:
            content["examples"] = reply.examples
        told["content"] = {reply.media: content}
    return told


if __name__ == "__main__":
    write(document())
