"""Who trades at a venue: accounts with money, and a key to each; and a key that may do everything.

Rule 1: keys follow from the names of the accounts, so that two venues of one session are alike, and
whoever comes to a venue again has his.
Rule 2: nobody runs short of money by chance; those of `open_small` do, so that they are refused.
"""

import json
from collections.abc import Awaitable, Callable
from hashlib import sha256
from typing import Any

from outcry.cli.operate.keys import creation
from outcry.wire.keys import parse_key
from outcry.wire.messages import ExecutionMessage
from outcry.wire.subjects import ORDER_CREATED

DEMO = "demo"
"""The account that is meant where a request names none; guests of NATS may trade for it too."""
ADMIN = "admin"
CASH = "9000000000"
SMALL_CASH = "5000"
_MARGIN = {"type": "margin", "shorting": True}
_THERE_ALREADY = ("duplicate_account", "duplicate_key")

Fields = dict[str, Any]
Enter = Callable[[str, bytes], Awaitable[tuple[ExecutionMessage, ...]]]
"""Puts an entry of the operator into the log; gives its executions."""


class Customers:
    """Of one venue."""

    def __init__(self, enter: Enter) -> None:
        self._enter = enter
        self._opened: dict[str, None] = {}

    def headers(self, who: str = ADMIN) -> dict[str, str]:
        """What a request says that comes by the key of an account; or of the administrator, whose
        is for every account."""
        return {"Authorization": f"Bearer {key_of(who)}"}

    async def begin(self) -> None:
        """The key that may do everything, and the account `demo`."""
        opening = {"account": DEMO, "access": "open", **_MARGIN}
        await self._done("account.open", opening)
        made = creation(key_of(ADMIN), "admin", (DEMO,), ADMIN)
        await self._done("key.create", made)
        await self.open(DEMO)

    async def open(self, *accounts: str, **terms: Any) -> None:
        """Open margin accounts that are not open yet, with much money and a key to each."""
        await self._open(accounts, CASH, _MARGIN | terms)

    async def open_small(self, *accounts: str) -> None:
        """The same of cash accounts that can pay for a few orders only."""
        await self._open(accounts, SMALL_CASH, {})

    async def _open(self, accounts: tuple[str, ...], cash: str, terms: Fields) -> None:
        new = [account for account in accounts if account not in self._opened]
        commands: list[Fields] = []
        for account in new:
            opening = {"amount": cash, "transfer_id": "opening"}
            commands += [
                {"op": "account.open", "account": account, **terms},
                {"op": "account.deposit", "account": account, **opening},
                {"op": "key.create", **creation(key_of(account), "trade", (account,), account)},
            ]
        await self.enter(commands)
        self._opened |= dict.fromkeys(new)

    async def enter(self, commands: list[Fields]) -> tuple[ExecutionMessage, ...]:
        """Admin commands, as one entry; none of them is refused."""
        body = [command | {"key": id_of(ADMIN)} for command in commands]
        return await self._done(ORDER_CREATED, body) if body else ()

    async def _done(self, subject: str, body: Any) -> tuple[ExecutionMessage, ...]:
        executions = await self._enter(subject, json.dumps(body).encode())
        refused = [one for one in executions if one.result == "rejected"]
        assert all(one.reason in _THERE_ALREADY for one in refused), refused
        return executions


def key_of(who: str) -> str:
    """The text of the key to an account, or of the administrator."""
    digest = sha256(who.encode()).hexdigest()
    return f"ook_{digest[:16]}_{sha256(digest.encode()).hexdigest()}"


def id_of(who: str) -> str:
    key = parse_key(key_of(who))
    assert key is not None, "made here"
    return key.key_id
