"""The keys that people hold, and their secrets, which nobody else has.

Whoever has lost one to a revocation is given the next; the older ones stay in the wallet.
"""

from hashlib import sha256

from sim.dice import Dice
from sim.exact import Fields

ADMIN, READER = "ops", "reader"
"""Holders who trade for no account."""


class Wallet:
    def __init__(self) -> None:
        self._made: dict[str, int] = {}
        """By holder: how many keys were asked for."""
        self._texts = set[str]()

    def new(self, holder: str, role: str, accounts: list[str]) -> Fields:
        """What asks for the holder's next key."""
        number = self._made.get(holder, 0)
        self._made[holder] = number + 1
        key_id, secret = _key(holder, number)
        self._texts.add(f"ook_{key_id}_{secret}")
        hash_ = sha256(secret.encode()).hexdigest()
        return {"key_id": key_id, "hash": hash_, "role": role, "accounts": accounts}

    def ids(self, holder: str) -> list[str]:
        """Oldest first."""
        return [_key(holder, number)[0] for number in range(self._made.get(holder, 0))]

    def has(self, text: str) -> bool:
        """Whether anybody was ever given this."""
        return text in self._texts

    def take(self, holder: str, dice: Dice, lost: bool = False) -> str:
        """The text of one: the newest, but any of them now and then, or where that is `lost`."""
        made = self._made[holder]
        number = dice.below(made) if lost or dice.chance(0.05) else made - 1
        return "ook_{}_{}".format(*_key(holder, number))


def spoilt(text: str) -> str:
    """The same key with another secret."""
    return text[:-1] + ("1" if text.endswith("0") else "0")


def _key(holder: str, number: int) -> tuple[str, str]:
    """Its id, and the secret."""
    made = sha256(f"{holder}/{number}".encode())
    return made.hexdigest()[:16], sha256(made.digest()).hexdigest()
