"""Who may do what: the keys of the twin, and the rights of who sends with one or without."""

from dataclasses import dataclass

from sim.accounts import Accounts
from sim.bounds import Bounds
from sim.exact import Fields
from sim.rulebook import Refused


@dataclass
class Key:
    key_id: str
    role: str
    accounts: list[str]
    revoked: bool = False


class Keys(Accounts):
    def __init__(self, bounds: Bounds) -> None:
        super().__init__(bounds)
        self.keys: dict[str, Key] = {}

    def check_admin(self, key_id: str) -> None:
        """An operator's command stands among the orders."""
        if self.valid(key_id).role != "admin":
            raise Refused("not_allowed", "key")

    def check_rights(self, key_id: str, account: str) -> None:
        """Whether who has this key ("": none) may act for an account."""
        if not key_id:
            there = self.accounts.get(account)
            if there is None or there.access != "open":
                raise Refused("not_allowed", "account")
            return
        key = self.valid(key_id)
        if key.role == "read":
            raise Refused("not_allowed", "key")
        if key.role == "trade" and account not in key.accounts:
            raise Refused("not_allowed", "account")
        if account not in self.accounts:
            raise Refused("unknown_account", "account")

    def valid(self, key_id: str) -> Key:
        if key_id not in self.keys:
            raise Refused("unknown_key", "key")
        if self.keys[key_id].revoked:
            raise Refused("key_revoked", "key")
        return self.keys[key_id]

    def key_create(self, command: Fields) -> Fields:
        if command["key_id"] in self.keys:
            raise Refused("duplicate_key", "key_id")
        accounts = command.get("accounts", [])
        if not all(account in self.accounts for account in accounts):
            raise Refused("unknown_account", "accounts")
        if len(self.keys) >= self.bounds.keys:
            raise Refused("key_limit")
        self.keys[command["key_id"]] = Key(command["key_id"], command["role"], accounts)
        return {}

    def key_revoke(self, command: Fields) -> Fields:
        key = self.keys.get(command["key_id"])
        if key is None:
            raise Refused("unknown_key", "key_id")
        if key.revoked:
            raise Refused("key_revoked", "key_id")
        key.revoked = True
        return {}
