"""Every address of the gateway: what it takes, what it answers. A test holds it to the routes."""

from outcry.gateway.admin_operations import ADMIN, KEYS
from outcry.gateway.book_operations import ACCOUNTS, BOOKS, MARKET
from outcry.gateway.operation import Operation, Reply
from outcry.gateway.order_operations import ORDERS
from outcry.wire.glossary import GLOSSARY
from outcry.wire.schema import Schema

TAGS = {
    "Orders": "Commands, and what became of them.",
    "Books": "What has happened, as the broker booked it.",
    "Market": "Instruments and order books.",
    "Administration": "Accounts, money, limits and keys, for keys with the role admin.",
    "Operations": "The gateway itself.",
}

_STATE: Schema = {
    "type": "object",
    "properties": {
        "ready": {"type": "boolean", "description": "Whether new orders are taken."},
        "why": {"type": "string", "description": "Why not."},
        "log": {"type": "string", "description": GLOSSARY["log"]["description"]},
        "shard": {"type": "integer", "description": "Shard of the log."},
        "position": {"type": "integer", "description": "The newest entry that has its answer."},
        "seq": {"type": "integer", "description": "The newest execution."},
        "durability": {"type": "string", "description": "What an order survives."},
        "digest": {
            "type": "string",
            "description": "Fingerprint of the history up to here; only of a lockstep venue.",
        },
    },
    "required": ["ready"],
}
_HEALTH: Schema = {
    "type": "object",
    "properties": {"status": {"const": "ok", "description": "The process answers."}},
    "required": ["status"],
}
_TEXT: Schema = {"type": "string"}

_OPERATIONS = (
    Operation(
        "get",
        "/healthz",
        "get_health",
        "Operations",
        "Whether the process answers",
        "",
        {200: Reply("It does.", (_HEALTH,))},
        open=True,
    ),
    Operation(
        "get",
        "/readyz",
        "get_readiness",
        "Operations",
        "Whether orders are taken, and where in which log it is",
        "",
        {200: Reply("Ready.", (_STATE,)), 503: Reply("Not ready, and why.", (_STATE,))},
        open=True,
    ),
    Operation(
        "get",
        "/metrics",
        "get_metrics",
        "Operations",
        "Metrics, for Prometheus",
        "",
        {200: Reply("Metrics.", (_TEXT,), media="text/plain")},
        open=True,
    ),
    Operation(
        "get",
        "/openapi.json",
        "get_api_document",
        "Operations",
        "This document, for programs",
        "",
        {200: Reply("OpenAPI 3.1.", ({"type": "object"},))},
        open=True,
    ),
    Operation(
        "get",
        "/docs",
        "get_docs",
        "Operations",
        "This document, for people",
        "",
        {200: Reply("A page that needs nothing else.", (_TEXT,), media="text/html")},
        open=True,
    ),
)
OPERATIONS = (*ORDERS, *BOOKS, *ACCOUNTS, *MARKET, *ADMIN, *KEYS, *_OPERATIONS)
