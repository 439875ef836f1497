"""Keys, and who may act for whom.

Rule 1: the gateway decides by the secret who sends; this decides again, by the id of the key, what
the sender may do, so that a gateway that is wrong does no harm.
Rule 2: nothing that is said to somebody who may not act for an account tells whether it exists.
"""

import msgspec

from outcry.domain.account import Account
from outcry.domain.commands import CreateKey, RevokeKey
from outcry.domain.refusals import unknown_account
from outcry.domain.reject import Reject, RejectReason
from outcry.domain.types import READ, TRADE, Access, Role


class Key(msgspec.Struct, eq=False, gc=False):
    """`hash` is the SHA-256 of the secret, in hexadecimal; nobody here knows the secret."""

    key_id: str
    hash: str
    role: Role
    accounts: tuple[str, ...]
    name: str = ""
    revoked: bool = False


class Keyring:
    """The keys of a venue by their ids, `most` at most, with those that were revoked."""

    def __init__(self, most: int) -> None:
        self.keys: dict[str, Key] = {}
        self._most = most

    def create(self, command: CreateKey, accounts: dict[str, Account]) -> Reject | None:
        """None: it was created."""
        if command.key_id in self.keys:
            text = f"there is a key {command.key_id} already"
            return Reject(RejectReason.DUPLICATE_KEY, text, "key_id")
        for account in command.accounts:
            if account not in accounts:
                return unknown_account(account, "accounts")
        if len(self.keys) >= self._most:
            text = f"the venue has {self._most} keys, the most it takes"
            return Reject(RejectReason.KEY_LIMIT, text)
        terms = command.key_id, command.hash, command.role, command.accounts, command.name
        self.keys[command.key_id] = Key(*terms)
        return None

    def revoke(self, command: RevokeKey) -> Reject | None:
        """None: it was revoked."""
        key = self.keys.get(command.key_id)
        if key is None or key.revoked:
            return _no_key(command.key_id, key, "key_id")
        key.revoked = True
        return None

    def refuse_admin(self, key_id: str) -> Reject | None:
        """Why who has the key `key_id` is no administrator; None: he is."""
        key = self.keys.get(key_id)
        if key is None or key.revoked:
            return _no_key(key_id, key, "key")
        if key.role is Role.ADMIN:
            return None
        return Reject(RejectReason.NOT_ALLOWED, f"the key {key_id} is for role {key.role}", "key")

    def holder(self, key_id: str, name: str, account: Account | None) -> Account | Reject:
        """`account` (None: there is none), called `name`, if who has the key may act for it.

        An empty `key_id` is nobody's: then the account must be open.
        """
        if not key_id:
            if account is not None and account.access is Access.OPEN:
                return account
            text = f"without a key nobody may act for account {name}"
            return Reject(RejectReason.NOT_ALLOWED, text, "account")
        key = self.keys.get(key_id)
        if key is None or key.revoked:
            return _no_key(key_id, key, "key")
        role = key.role
        if role is READ:
            return Reject(RejectReason.NOT_ALLOWED, f"the key {key_id} is for reading", "key")
        if role is TRADE and name not in key.accounts:
            text = f"the key {key_id} is not for account {name}"
            return Reject(RejectReason.NOT_ALLOWED, text, "account")
        return account if account is not None else unknown_account(name)


def _no_key(key_id: str, key: Key | None, field: str) -> Reject:
    if key is None:
        return Reject(RejectReason.UNKNOWN_KEY, f"there is no key {key_id}", field)
    return Reject(RejectReason.KEY_REVOKED, f"the key {key_id} was revoked", field)
