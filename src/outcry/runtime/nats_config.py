"""The configuration of a NATS server for us: who may do what on the bus, decided here only.

Rule 1: each service has just its own rights, and only the order service writes executions.
Rule 2: a guest, that is anybody without a password, may publish order.created and subscribe
order.completed, no more.

Guests have an account of their own. In ours, the server would publish the acknowledgement of a
guest's order to whatever reply subject the guest chose, permissions or not: to executions.0, for
one, where it would be stored as an answer. See docs/adr/0003-guests-have-their-own-account.md.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

from outcry.log.streams import Limits
from outcry.wire.subjects import (
    BOOKS,
    EXECUTIONS,
    ORDER_COMPLETED,
    ORDER_CREATED,
    ORDERS,
    VENUE_OPEN,
    executions,
)

OPERATOR = "operator"
GATEWAY = "gateway"
ORDER_SERVICE = "order-service"
STREAM = "stream"
BROKER = "broker"
USERS = (OPERATOR, GATEWAY, ORDER_SERVICE, STREAM, BROKER)
"""Users with a password. A service connects under its own name."""

PAYLOAD_BYTES_MAX = 8 << 20
"""An answer to an entry always fits in one message; the engine sees to it."""
_STORE_SLACK_BYTES = 1 << 30
_OWN_ACCOUNT = "EXCHANGE"
_GUEST_ACCOUNT = "GUEST"
_GUEST = "guest"


def inbox_prefix(user: str) -> str:
    """Where a user's answers come to; no other service may listen there."""
    return f"_INBOX_{user}"


def render_config(
    *,
    passwords: Mapping[str, str],
    listen: str,
    monitor: str,
    store_dir: str,
    sync_always: bool,
    limits: Limits,
    **more: Any,
) -> str:
    """The text of a nats.conf.

    passwords: of each of USERS; one that reads like $GATEWAY_PASSWORD is taken by the server from
    its environment. listen, monitor: "host:port", port -1 for any that is free. more: further
    settings of the server.
    """
    jetstream: dict[str, Any] = {
        "store_dir": store_dir,
        "max_memory_store": 64 << 20,
        "max_file_store": limits.orders_bytes + limits.executions_bytes + _STORE_SLACK_BYTES,
    }
    if sync_always:
        jetstream["sync_interval"] = "always"
    config = {
        "listen": listen,
        "http": monitor,
        "max_payload": PAYLOAD_BYTES_MAX,
        "jetstream": jetstream,
        "feature_flags": {"js_ack_fc_v2": False},  # nats-py knows only the first form of acks
        "no_auth_user": _GUEST,
        "accounts": {_OWN_ACCOUNT: _own_account(passwords), _GUEST_ACCOUNT: _guest_account()},
        **more,
    }
    return _from_environment(json.dumps(config, indent=2)) + "\n"


def _own_account(passwords: Mapping[str, str]) -> dict[str, Any]:
    users: list[dict[str, Any]] = [{"user": OPERATOR, "password": passwords[OPERATOR]}]
    users += [
        {"user": user, "password": passwords[user], "permissions": permissions}
        for user, permissions in _rights().items()
    ]
    return {
        "jetstream": "enabled",
        "users": users,
        "exports": [
            {"service": ORDER_CREATED, "accounts": [_GUEST_ACCOUNT]},
            {"stream": ORDER_COMPLETED, "accounts": [_GUEST_ACCOUNT]},
        ],
    }


def _guest_account() -> dict[str, Any]:
    return {
        "users": [
            {
                "user": _GUEST,
                "password": _GUEST,  # who has none is this user anyway
                "permissions": {"publish": [ORDER_CREATED], "subscribe": [ORDER_COMPLETED]},
            }
        ],
        "imports": [
            {"service": {"account": _OWN_ACCOUNT, "subject": ORDER_CREATED}},
            {"stream": {"account": _OWN_ACCOUNT, "subject": ORDER_COMPLETED}},
        ],
        # What is published to it inside this account can only be the acknowledgement of an
        # order whose reply subject it is: not an answer, so other guests shall not see it.
        "mappings": {ORDER_COMPLETED: "dropped"},
    }


def _rights() -> dict[str, dict[str, Any]]:
    return {
        GATEWAY: {
            "publish": [
                ORDER_CREATED,
                f"$JS.API.STREAM.INFO.{ORDERS}",
                *_reading(EXECUTIONS),
                f"{BOOKS}.>",
            ],
            "subscribe": [f"{inbox_prefix(GATEWAY)}.>"],
        },
        ORDER_SERVICE: {
            "publish": [
                executions(),
                VENUE_OPEN,
                "clock.*",
                f"$JS.API.STREAM.CREATE.{ORDERS}",
                f"$JS.API.STREAM.CREATE.{EXECUTIONS}",
                *_reading(ORDERS),
                *_reading(EXECUTIONS),
            ],
            "subscribe": [f"{inbox_prefix(ORDER_SERVICE)}.>"],
        },
        STREAM: {
            "publish": _reading(EXECUTIONS),
            "subscribe": [f"{inbox_prefix(STREAM)}.>"],
        },
        BROKER: {
            "publish": [*_reading(EXECUTIONS), f"$JS.ACK.{EXECUTIONS}.>"],
            "subscribe": [f"{inbox_prefix(BROKER)}.>", f"{BOOKS}.>", "$SRV.>"],
            "allow_responses": True,  # to whoever asked the books
        },
    }


def _reading(stream: str) -> list[str]:
    return [
        f"$JS.API.STREAM.INFO.{stream}",
        f"$JS.API.STREAM.MSG.GET.{stream}",
        f"$JS.API.CONSUMER.CREATE.{stream}.*",
        f"$JS.API.CONSUMER.DELETE.{stream}.*",
        f"$JS.FC.{stream}.>",
    ]


def _from_environment(text: str) -> str:
    """Take the quotes off the variables: a quoted one is just text to the server."""
    return re.sub(r'"(\$[A-Z_]+_PASSWORD)"', r"\1", text)
