"""A snapshot into a folder, at once."""

from pathlib import Path

import msgspec

from outcry.domain import snapshot
from outcry.domain.engine import Engine
from outcry.orders import snapshots


def save(folder: Path, venue: Engine, **changes: object) -> Path:
    """`changes` are made to the header."""
    snapshots.clear(folder)
    parts = snapshot.dump(venue)
    header = msgspec.structs.replace(snapshots.header_of(venue, parts), **changes)
    name = snapshots.file_name(header)
    written = snapshots.unfinished(folder, name)
    snapshots.write(written, header, parts)
    return snapshots.publish(written, name)
