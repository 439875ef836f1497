"""What has to come out: the slow twin reads every entry, and every answer is compared with it.

It stands behind the server and sees each message in the moment it is stored.
"""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from hashlib import blake2b
from typing import Any

import msgspec

from outcry.log.log import Entry
from sim.bounds import Bounds
from sim.broken import hold
from sim.exact import Fields
from sim.ledger import Ledger
from sim.twin import Twin

MALFORMED: Fields = {"op": "malformed"}
UNFORESEEN = ("text", "digest")
BEST_EFFORT = ("field", "account", "client_order_id", "reason")
"""What the answer to a malformed command tells beside; the twin knows nothing of it."""

_split = msgspec.json.Decoder(list[msgspec.Raw]).decode
Key = tuple[str, ...]
KEY_FIELDS = (
    *("account", "client_order_id", "order_id", "symbol", "side", "quantity", "price"),
    *("stop_price", "type", "time_in_force", "new_client_order_id", "expire_at", "timeout"),
    *("amount", "transfer_id", "state", "key_id", "multiplier", "max_exposure", "max_position"),
)


def key_of(command: Fields) -> Key:
    """A command, whoever wrote it: by it what was sent is found again in what was stored."""
    said = {"account": "demo", "type": "limit"} | command
    usual = "ioc" if said["type"] == "market" else "gtc"
    said.setdefault("time_in_force", usual)
    op = command.get("op", "new")
    return (
        op,
        *(
            str(said.get(name, "")) if op == "new" or name in command or name == "account" else ""
            for name in KEY_FIELDS
        ),
    )


class Truth:
    def __init__(self, bounds: Bounds | None = None) -> None:
        self.twin = Twin(bounds)
        self.ledger = Ledger()
        self.foreseen: list[list[Fields]] = []
        """By entry: what the twin says, until it was answered; then [] to save room."""
        self.answers: list[list[Fields]] = []
        self.frames: list[bytes] = []
        """By seq: the bytes of an execution."""
        self.told: list[Fields] = []
        """The same, read."""
        self.digests: list[str] = ["00" * 16]
        """After each entry that was answered."""
        self.keys: list[list[Key]] = []
        """By entry: its commands."""
        self.stored: Counter[Key] = Counter()
        self.junk: dict[tuple[str, bytes], list[Fields]] = {}
        """Entries that are not what they seem, and what their elements amount to."""

    @property
    def seq(self) -> int:
        return len(self.frames)

    def ordered(self, entry: Entry) -> None:
        """An entry was stored in ORDERS."""
        hold(entry.seq == len(self.foreseen) + 1, "ORDERS is dense", entry.seq)
        body = self.junk.get((entry.subject, entry.body))
        plain: Any = json.loads(entry.body) if body is None else body
        commands: Sequence[Fields] = plain if isinstance(plain, list) else [plain]
        subject = entry.subject if body is None else "order.created"
        self.foreseen.append(self.twin.answer(subject, plain, entry.ts_ns))
        keys = [key_of(c) for c in commands] if subject == "order.created" else []
        self.keys.append(keys)
        self.stored.update(keys)

    def executed(self, entry: Entry) -> None:
        """An answer was stored in EXECUTIONS."""
        n = entry.seq
        hold(n == len(self.answers) + 1, "EXECUTIONS is dense", n)
        hold(n <= len(self.foreseen), "an answer has an entry", n)
        raws = [bytes(raw) for raw in _split(entry.body)]
        executions: list[Fields] = [json.loads(raw) for raw in raws]
        self._check_digest(entry.body, executions)
        foreseen = self.foreseen[n - 1]
        hold(
            len(executions) == len(foreseen),
            "one execution for each command",
            n,
            len(executions),
            len(foreseen),
        )
        for got, want in zip(executions, foreseen, strict=True):
            compare(got, want)
        self.ledger.book(executions)
        self.answers.append(executions)
        self.frames += raws
        self.told += executions
        self.foreseen[n - 1] = []

    def _check_digest(self, body: bytes, executions: list[Fields]) -> None:
        written = executions[-1].get("digest", "")
        bare = body.replace(f',"digest":"{written}"'.encode(), b"")
        after = blake2b(bytes.fromhex(self.digests[-1]) + bare, digest_size=16).hexdigest()
        hold(after == written, "the digest runs over the answers", len(self.answers) + 1)
        self.digests.append(written)


def compare(got: Fields, want: Fields) -> None:
    """Hold an execution against what the twin says of it."""
    leave_out = UNFORESEEN if want["op"] != "malformed" else UNFORESEEN + BEST_EFFORT
    got, want = ({k: v for k, v in one.items() if k not in leave_out} for one in (got, want))
    if got != want:
        place = f"entry {want['entry']}, index {want.get('index', 0)}, {want['op']}"
        hold(False, "the twin foresaw it", f"{place}: {'; '.join(differences(got, want))}")


def differences(got: Any, want: Any, path: str = "") -> Iterator[str]:
    """Where two JSON values differ, and how, in words."""
    if isinstance(got, dict) and isinstance(want, dict):
        for name in got | want:
            yield from differences(got.get(name), want.get(name), f"{path}.{name}".lstrip("."))
    elif isinstance(got, list) and isinstance(want, list) and len(got) == len(want):
        for place, (mine, other) in enumerate(zip(got, want, strict=True)):
            yield from differences(mine, other, f"{path}[{place}]")
    elif got != want:
        yield f"{path} is {json.dumps(got)}, the twin says {json.dumps(want)}"
