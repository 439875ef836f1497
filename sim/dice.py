"""Chance that a seed decides. Only `Random.random` promises the same numbers everywhere."""

import random
from collections.abc import Sequence
from typing import TypeVar

Choice = TypeVar("Choice")


class Dice:
    """One stream of chance; what rolls for itself has one of its own, see `apart`."""

    def __init__(self, seed: str) -> None:
        self._seed = seed
        self.roll = random.Random(seed).random  # noqa: S311 - it has to be the same again

    def apart(self, name: str) -> "Dice":
        """Other dice of the same seed: whoever rolls these does not disturb who rolls those."""
        return Dice(f"{self._seed}/{name}")

    def below(self, count: int) -> int:
        return int(self.roll() * count)

    def between(self, least: float, most: float) -> float:
        return least + (most - least) * self.roll()

    def one_of(self, choices: Sequence[Choice]) -> Choice:
        return choices[int(self.roll() * len(choices))]

    def chance(self, share: float) -> bool:
        return self.roll() < share

    def bits(self, count: int) -> int:
        """A number of so many bits."""
        return int(self.roll() * (1 << count))
