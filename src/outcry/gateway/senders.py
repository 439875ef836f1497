"""Who sends: the holder of a key, or nobody.

Rule 1: whether a key is good is looked up for each request, and a key that was revoked is not,
from the moment on at which this gateway reads of it.
Rule 2: who has no good key learns nothing of the keys there are: whatever was sent, or nothing, the
answer is the same.
"""

from collections.abc import Callable, Iterable

import structlog

from outcry.domain.digest import SIZE
from outcry.domain.types import Role
from outcry.gateway.answers import MALFORMED, UNAUTHORIZED, Answer, failed, refused
from outcry.wire.access import Access, Key
from outcry.wire.keys import SAID_TWICE, bearer
from outcry.wire.views import mine

NEEDS_KEY = failed(
    UNAUTHORIZED,
    "unauthorized",
    "this needs a key that is good, sent as `Authorization: Bearer ook_...`",
)
TWO_KEYS = failed(MALFORMED, "malformed", SAID_TWICE)
NO_KEYS_YET = "the gateway does not know yet which keys there are"
NOT_OPEN_YET = "the venue is not open yet"
_NAME = b"authorization"
_DIGEST = b',"digest":"'
_DIGEST_END = len(_DIGEST) + 2 * SIZE + len(b'"}')
"""Bytes from there to the end of an execution that has one."""


class Sender:
    """The holder of a key, who may have many connections."""

    def __init__(self, key: Key) -> None:
        self.key_id = key.key_id
        self.role = key.role
        self.accounts = key.accounts
        self.is_admin = key.role is Role.ADMIN
        self.revoked = False
        self._own = frozenset(key.accounts)
        self._watchers: dict[Callable[[], None], None] = {}
        """In the order in which they came; thousands, of who has as many sessions."""

    @property
    def account(self) -> str:
        """The account that is meant where none is named; empty: one has to be."""
        return self.accounts[0] if self.accounts else ""

    def may_see(self, account: str) -> bool:
        return self.is_admin or account in self._own

    def view(self, execution: bytes) -> bytes:
        """As much of an execution as the holder of the key may see.

        The digest goes over what stands before it in the entry, and could confirm a guess of it.
        """
        if self.is_admin:
            return execution
        if execution.startswith(_DIGEST, -_DIGEST_END):
            execution = execution[:-_DIGEST_END] + b"}"
        return mine(execution, self._own)

    def watch(self, on_revoked: Callable[[], None]) -> None:
        """Have it called when the key is revoked; until `unwatch`."""
        self._watchers[on_revoked] = None

    def unwatch(self, on_revoked: Callable[[], None]) -> None:
        self._watchers.pop(on_revoked, None)

    def revoke(self) -> None:
        self.revoked = True
        watchers, self._watchers = self._watchers, {}
        for on_revoked in watchers:
            on_revoked()


class Senders:
    """All who have sent something with a key that is good."""

    def __init__(self) -> None:
        self.why_unsure = NO_KEYS_YET
        """Why nobody is let in yet; empty: who has a good key is."""
        self._access = Access()
        self._by_key: dict[str, Sender] = {}

    def begin(self, access: Access) -> None:
        """Take the keys that there are at the beginning, while the venue may not be open yet."""
        self._access = access
        self.why_unsure = NOT_OPEN_YET

    def open(self) -> None:
        self.why_unsure = ""

    def of_header(self, authorization: bytes) -> Sender | Answer:
        """Who sends an Authorization header (empty: none), or what to answer instead."""
        return self.find(bearer(authorization.decode("latin-1")))

    def find(self, text: str) -> Sender | Answer:
        """Who holds the key `text` (empty: none), or what to answer instead."""
        if not text:
            return NEEDS_KEY
        if self.why_unsure:
            return refused(self.why_unsure)
        key = self._access.find(text)
        if key is None:
            return NEEDS_KEY
        sender = self._by_key.get(key.key_id)
        if sender is None:
            sender = self._by_key[key.key_id] = Sender(key)
        return sender

    def rate(self, account: str) -> int:
        """Orders that an account may send in a second; 0: as many as it likes."""
        return self._access.rate(account)

    def follow(self, executions: Iterable[bytes]) -> None:
        """Take in what an answer says of keys and rates."""
        for execution in executions:
            revoked = self._access.apply(execution)
            if revoked:
                self._revoke(revoked)

    def _revoke(self, key_id: str) -> None:
        structlog.get_logger().info("key.revoked", key_id=key_id)
        sender = self._by_key.pop(key_id, None)
        if sender is not None:
            sender.revoke()


def authorization_of(headers: Iterable[tuple[bytes, bytes]]) -> bytes | Answer:
    """The Authorization header among others, whose names are in lower case; empty: none. Or what
    to answer where there are two."""
    found: bytes | None = None
    for name, value in headers:
        if name == _NAME:
            if found is not None:
                return TWO_KEYS
            found = value
    return found or b""
