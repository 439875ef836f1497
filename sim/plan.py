"""What a seed decides before the world begins: sizes that are small enough to be met."""

from dataclasses import dataclass

from sim.dice import Dice


@dataclass(frozen=True)
class Plan:
    seed: int
    commands: int
    faults: int
    horizon: int
    """Client order ids that are remembered."""
    ring: int
    """Executions that the trade stream holds."""
    touches: int
    looks: int
    due: int
    """Bounds of the engine: what one entry may do."""
    snapshot_executions: int
    """How far the engine goes from one snapshot to the next."""
    one_disk: bool
    """The order services share a folder of snapshots."""
    archive_above_bytes: int
    pushes: bool
    """Services read by push consumers, as from a real server; else straight from memory."""
    shuffles: float
    """See VirtualLoop."""
    rejects_max: int
    """Rejections in a second after which a gateway takes no more orders by a key."""


@dataclass(frozen=True)
class Outcome:
    """`broken` is empty when every rule held."""

    seed: int
    broken: str
    fingerprint: str
    commands: int
    entries: int
    executions: int
    seconds: float
    """Of the virtual clock."""


def plan(seed: int, commands: int = 2_000, faults: int = 20) -> Plan:
    dice = Dice(f"{seed}/plan")
    return Plan(
        seed,
        commands,
        faults,
        horizon=dice.one_of((60, 300, 2_000_000)),
        ring=dice.one_of((64, 400, 1 << 16)),
        touches=dice.one_of((3, 12, 5_500)),
        looks=dice.one_of((5, 100_000)),
        due=dice.one_of((1, 1_000)),
        snapshot_executions=dice.one_of((50, 200, 700, 1 << 30)),
        one_disk=dice.chance(0.5),
        archive_above_bytes=dice.one_of((20_000, 60_000, 1 << 30)),
        pushes=dice.chance(0.75),
        shuffles=dice.one_of((0.0, 0.1, 0.5)),
        rejects_max=dice.one_of((15, 1_000)),
    )
