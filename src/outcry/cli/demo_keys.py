"""The keys of the demo market: made once, and kept in files that only their owner may read.

Rule 1: a key is in its file before it is in the log, so that none is ever lost; what a start that
was broken off has made, the next one enters.
Rule 2: where time goes by entries, the keys follow from their names, as everything else does: the
same session has the same digest on any machine. So they are no secret there.
"""

from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from outcry.cli.data_folder import KEY, read_key
from outcry.runtime.nats_folder import explained, write_private
from outcry.wire.keys import new_key, parse_key


class DemoKeys(NamedTuple):
    """Their texts: of the account `demo`, of `house`, and of the administrator."""

    demo: str
    house: str
    admin: str


FILES = DemoKeys(KEY, "house-key", "admin-key")


def demo_keys(folder: Path, *, secret: bool = True) -> DemoKeys:
    """Those that lie in the folder; made where there are none. Raises Refused.

    Not `secret`: made by rule 2.
    """
    with explained(folder):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return DemoKeys(*(_kept(folder / name, secret=secret) for name in FILES))


def _kept(path: Path, *, secret: bool) -> str:
    text = read_key(path)
    if parse_key(text) is None:
        text = new_key() if secret else _derived(path.name)
        write_private(path, f"{text}\n")
    return text


def _derived(name: str) -> str:
    digest = sha256(f"outcry lockstep {name}".encode()).hexdigest()
    return f"ook_{digest[:16]}_{sha256(digest.encode()).hexdigest()}"
