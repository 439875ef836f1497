"""Keys: made here, so that nobody but their owner ever sees the secret; listed; revoked."""

from typing import Annotated, Any, Literal

import msgspec
from cyclopts import Parameter
from nats.errors import Error as NatsError
from rich.text import Text

from outcry.cli.errand import carry_out
from outcry.cli.failed import ExitCode, Failed
from outcry.cli.operate.admin import Admin, enter, show
from outcry.cli.operator import connected
from outcry.cli.tables import Column, Record, identity, plain, print_json
from outcry.cli.tables import show as show_table
from outcry.wire.access import AccessPage, AccessRequest
from outcry.wire.keys import hash_secret, new_key, parse_key
from outcry.wire.subjects import ACCESS

ANSWER_S = 5.0

KEYS = (
    identity("key_id", "key", 16),
    plain("role"),
    Column("accounts", lambda row: " ".join(row.get("accounts", ()))),
    Column("", lambda row: Text("revoked", style="red") if row.get("revoked") else ""),
    plain("name"),
)


def create(
    *,
    role: Literal["read", "trade", "admin"] = "trade",
    account: Annotated[list[str] | None, Parameter(negative="")] = None,
    name: str = "",
    admin: Admin | None = None,
) -> int:
    """Make a key, and print it, once: `outcry keys create --account ann`.

    Parameters
    ----------
    role
        read: looking at its accounts; trade: trading for them too; admin: everything.
    account
        For which account; once more for each further one. The first is the one that acts where a
        request names none.
    name
        What it is for, for people.
    """
    at = admin or Admin()
    text = new_key()
    execution = at.enter("key.create", **creation(text, role, tuple(account or ()), name))
    if execution["result"] != "accepted":
        return show(at, execution)
    if at.json:
        print_json({"key": text, "key_id": execution["command"]["key_id"], "role": role})
    else:
        print(text)
    return ExitCode.OK


def creation(text: str, role: str, accounts: tuple[str, ...], name: str) -> dict[str, Any]:
    """The fields of `key.create` for the key `text`."""
    key = parse_key(text)
    assert key is not None, "made here"
    return {
        "key_id": key.key_id,
        "hash": hash_secret(key.secret),
        "role": role,
        "accounts": accounts,
        "name": name,
    }


def show_all(*, admin: Admin | None = None) -> int:
    """List the keys there are, and were; nobody can list their secrets."""
    at = admin or Admin()
    answer = at.gateway.get("/keys") if at.url else {"keys": carry_out(_rows(at.find_url()))}
    named = any(row.get("name") for row in answer["keys"])  # which the books alone know
    columns = KEYS if named else KEYS[:-1]
    show_table(answer, "keys", columns, as_json=at.json, nothing="there is no key")
    return ExitCode.OK


def revoke(key: str, /, *, admin: Admin | None = None) -> int:
    """Revoke a key; within a second nobody takes it any more.

    Parameters
    ----------
    key
        Its 16 digits, as `outcry keys list` shows them; or all of it.
    """
    told = parse_key(key)
    return enter(admin, "key.revoke", key_id=told.key_id if told else key)


async def _rows(url: str) -> list[Record]:
    """All keys, as the order service knows them. Raises Failed."""
    rows: list[Record] = []
    after = ""
    async with connected(url) as nc:
        while True:
            body = msgspec.json.encode(AccessRequest(after))
            try:
                answer = await nc.request(ACCESS, body, timeout=ANSWER_S)
            except NatsError as error:
                raise Failed(
                    "no order service says which keys there are: is it running?",
                    ExitCode.UNREACHABLE,
                ) from error
            page = msgspec.json.decode(answer.data, type=AccessPage)
            rows += msgspec.to_builtins(page.keys)
            after = page.next
            if not after:
                return rows
