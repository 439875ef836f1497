"""Keys: made here, so that nobody but their owner ever sees the secret; listed; revoked."""

from typing import Annotated, Any, Literal

import msgspec
from cyclopts import Parameter
from rich.text import Text

from outcry.cli.errand import carry_out
from outcry.cli.failed import ExitCode, Failed
from outcry.cli.gateway_client import Gateway
from outcry.cli.operate.admin import Admin, enter, show
from outcry.cli.operator import connected
from outcry.cli.tables import Column, Record, identity, plain, print_json
from outcry.cli.tables import show as show_table
from outcry.log.log import Unanswered
from outcry.runtime.access import fetch_pages
from outcry.wire.access import KeyRow
from outcry.wire.keys import hash_secret, new_key, parse_key

PAGE = 1000
_GOOD, _REVOKED = Text("good", style="green"), Text("revoked", style="red")
KEYS = (
    identity("key_id", "key id", 16),
    plain("name"),
    plain("role"),
    Column("for accounts", lambda row: " ".join(row.get("accounts", ())) or "every one"),
    Column("state", lambda row: _REVOKED if row.get("revoked") else _GOOD),
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
    rows = _booked(at.gateway) if at.url else carry_out(_rows(at.find_url()))
    show_table({"keys": rows}, "keys", KEYS, as_json=at.json, nothing="there is no key")
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


def _booked(gateway: Gateway) -> list[Record]:
    """All keys, as the books have them. Raises Failed."""
    rows: list[Record] = []
    after = ""
    while True:
        page = gateway.get("/keys", limit=PAGE, after=after)
        rows += page["keys"]
        after = page.get("next", "")
        if not after:
            return rows


async def _rows(url: str) -> list[Record]:
    """All keys, as the order service knows them. Raises Failed."""
    async with connected(url) as nc:
        try:
            pages = await fetch_pages(nc)
        except Unanswered as error:
            raise Failed(f"{error}: is it running?", ExitCode.UNREACHABLE) from error
    return [_shown(row) for page in pages for row in page.keys]


def _shown(key: KeyRow) -> Record:
    """As the books show it: without the hash of its secret."""
    row: dict[str, Any] = msgspec.to_builtins(key)
    del row["hash"]
    return row
