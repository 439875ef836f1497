"""JSON Schema of the messages, from their structs and the glossary.

python -m outcry.wire.schema > api/messages.schema.json
"""

import inspect
import re
import sys
from collections.abc import Iterable
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

import msgspec

from outcry.wire import books, command_messages, messages, order_requests, requests, views
from outcry.wire.command_messages import Message
from outcry.wire.glossary import GLOSSARY
from outcry.wire.requests import AdminRequest, Request

Schema = dict[str, Any]
Kind = type[msgspec.Struct]
DIALECT = "https://json-schema.org/draft/2020-12/schema"

_TYPES = {str: "string", int: "integer", float: "number", bool: "boolean", type(None): "null"}
_SAID = {
    "string": ("pattern", "examples"),
    "integer": ("minimum", "maximum", "examples"),
    "number": ("minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum"),
    "boolean": (),
    "null": (),
}
"""What of the glossary holds for which type."""
_NAMED: Schema = {"anyOf": [{"required": ["order_id"]}, {"required": ["client_order_id"]}]}
_CHANGED: Schema = {
    "anyOf": [{"required": [name]} for name in order_requests.ReplaceableTerms.__struct_fields__]
}
_SIZED: Schema = {"oneOf": [{"required": ["quantity"]}, {"required": ["notional"]}]}
_TRAILED: Schema = {"oneOf": [{"required": ["trail"]}, {"required": ["trail_percent"]}]}
_RULES: dict[str, Schema] = {
    "NewLimitOrder": _SIZED,
    "NewMarketOrder": _SIZED,
    "NewTrailingStopOrder": _TRAILED,
    "CancelOrder": _NAMED,
    "ReplaceOrder": {"allOf": [_NAMED, _CHANGED]},
    "ReplaceTerms": _CHANGED,
}
"""What a struct cannot say."""


def name_of(kind: Kind) -> str:
    """The name of a message in schemas. What is asked for is told from what is then in the log."""
    name = kind.__name__
    return f"{name}Request" if issubclass(kind, AdminRequest) else name.removesuffix("Message")


def message_kinds() -> list[Kind]:
    """Every message that can stand on the wire."""
    found = {
        kind.__name__: kind
        for module in (requests, order_requests, command_messages, messages, books, views)
        for kind in vars(module).values()
        if isinstance(kind, type) and issubclass(kind, (Message, Request))
    }
    whole = [
        kind
        for name, kind in found.items()
        if kind not in order_requests.PARTS and not name.startswith("_")
    ]
    return [kind for kind in whole if kind.__struct_fields__ or _tag(kind)]


def _tag(kind: Kind) -> object:
    return kind.__struct_config__.tag


def schemas(kinds: Iterable[Kind], at: str) -> dict[str, Schema]:
    """The schemas of messages by name; references begin with `at`."""
    return {name_of(kind): _schema(kind, at) for kind in kinds}


def gathered(told: Any, at: str) -> dict[str, Schema]:
    """The schemas that something refers to, and those that these refer to."""
    known = schemas(message_kinds(), at)
    needed: dict[str, Schema] = {}
    waiting = [told]
    while waiting:
        for name in sorted(_references(waiting.pop(), at) - needed.keys()):
            needed[name] = known[name]
            waiting.append(known[name])
    return dict(sorted(needed.items()))


def _references(told: Any, at: str) -> set[str]:
    if isinstance(told, dict) and "$ref" in told:
        return {told["$ref"].removeprefix(at)} if told["$ref"].startswith(at) else set()
    inside = told.values() if isinstance(told, dict) else told if isinstance(told, list) else ()
    return {name for one in inside for name in _references(one, at)}


def shape_of(hint: Any, at: str) -> Schema:
    """The schema of a type that messages hold."""
    origin, args = get_origin(hint), get_args(hint)
    if origin is Literal:
        return {"enum": list(args)}
    if origin is Union or origin is UnionType:
        return _either([shape_of(one, at) for one in args])
    if origin is tuple and args[-1] is Ellipsis:
        return {"type": "array", "items": shape_of(args[0], at)}
    if origin is tuple:  # as tools without `prefixItems` understand it too
        items = _either([shape_of(one, at) for one in dict.fromkeys(args)])
        return {"type": "array", "items": items, "minItems": len(args), "maxItems": len(args)}
    if origin is dict:
        return {"type": "object"}
    if issubclass(hint, msgspec.Struct):
        return {"$ref": at + name_of(hint)}
    return {"type": _TYPES[hint]}


def _either(shapes: list[Schema]) -> Schema:
    if len(shapes) == 1:
        return shapes[0]
    if any("enum" in shape for shape in shapes):
        return {"enum": [value for shape in shapes for value in shape.get("enum", [None])]}
    if all(shape.keys() == {"type"} for shape in shapes):
        return {"type": [shape["type"] for shape in shapes]}
    return {"anyOf": shapes}


def _schema(kind: Kind, at: str) -> Schema:
    fields = msgspec.structs.fields(kind)
    config = kind.__struct_config__
    properties = {field.name: _property(kind, field, at) for field in fields}
    required = [field.name for field in fields if field.required]
    if isinstance(config.tag_field, str):
        properties = {config.tag_field: {"enum": [config.tag]}} | properties
        required.insert(0, config.tag_field)
    told: Schema = {"type": "object", "description": _flowing(inspect.getdoc(kind) or "")}
    told |= {"properties": properties, "required": required, **_RULES.get(kind.__name__, {})}
    if config.forbid_unknown_fields:
        told["additionalProperties"] = False
    return told


def _property(kind: Kind, field: msgspec.structs.FieldInfo, at: str) -> Schema:
    """One field, explained. What we write leaves an empty field out and so never holds null."""
    hint = _without_null(field.type) if issubclass(kind, Message) else field.type
    shape = shape_of(hint, at)
    fragment = GLOSSARY.get(f"{kind.__name__}.{field.name}") or GLOSSARY[field.name]
    told = {"description": fragment["description"]} | shape
    types = shape.get("type", [])
    types = types if isinstance(types, list) else [types]
    if "enum" in fragment and "string" in types:
        del told["type"]
        return told | {"enum": fragment["enum"] + [None] * ("null" in types)}
    said = [key for one in types for key in _SAID.get(one, ()) if key in fragment]
    return told | {key: fragment[key] for key in said}


def _without_null(hint: Any) -> Any:
    if get_origin(hint) is not Union and get_origin(hint) is not UnionType:
        return hint
    return Union[tuple(one for one in get_args(hint) if one is not type(None))]  # noqa: UP007


def _flowing(text: str) -> str:
    """Paragraphs in one line each."""
    return re.sub(r"(?<!\n)\n(?!\n)", " ", text)


def document() -> Schema:
    """All messages in one document."""
    defined = schemas(message_kinds(), "#/$defs/")
    return {"$schema": DIALECT, "title": "Messages of Open Outcry", "$defs": defined}


def write(told: Schema) -> None:
    """To standard output, for a file that people compare."""
    sys.stdout.write(msgspec.json.format(msgspec.json.encode(told), indent=2).decode() + "\n")


if __name__ == "__main__":
    write(document())
