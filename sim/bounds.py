"""The bounds of the twin. As the engine's version has them; tests make them small, to meet them."""

from dataclasses import dataclass


@dataclass
class Bounds:
    touches: int = 5_500
    looks: int = 100_000
    resting: int = 1_000_000
    instruments: int = 10_000
    accounts: int = 1_000_000
    due: int = 1_000
    switches: int = 100_000
    holdings: int = 2_000_000
    keys: int = 100_000
