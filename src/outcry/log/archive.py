"""The archive of one stream: its beginning, in segment files without a gap.

It may lie under a service that reads it while another process adds to it: files are only added.
"""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from outcry.log.log import Damaged, Entry, LogError
from outcry.log.segments import Header, Segment, read_header, read_segment, segment_of


class Archive:
    """The segments of `stream` below `folder`, which need not exist."""

    def __init__(self, folder: Path, stream: str) -> None:
        self.stream = stream
        self.folder = folder / stream

    def segments(self) -> list[Segment]:
        """All files in order. Raises Damaged when one of them is missing."""
        found = self._found()
        for before, after in pairwise(found):
            if after.first != before.last + 1:
                raise Damaged(
                    after.path,
                    f"it follows {before.path.name}: there is not just one of each entry between",
                )
        return found

    def check_readable(self) -> None:
        """Raises LogError: it may hold entries, and cannot be read."""
        self._found()

    def _found(self) -> list[Segment]:
        try:
            return sorted(filter(None, map(segment_of, self.folder.iterdir())))
        except FileNotFoundError:
            return []
        except OSError as error:
            raise LogError(f"the archive {self.folder} cannot be read: {error}") from error

    @property
    def first_seq(self) -> int:
        """The first entry; 0 of an empty archive. A gap does not show here."""
        found = self._found()
        return found[0].first if found else 0

    @property
    def last_seq(self) -> int:
        """The last entry; 0 of an empty archive. A gap does not show here."""
        found = self._found()
        return found[-1].last if found else 0

    @property
    def log(self) -> str:
        """The id of the log it is of; empty: of none yet."""
        segments = self.segments()
        return self.header(segments[-1]).log if segments else ""

    def header(self, segment: Segment) -> Header:
        """The header of one of its files; raises Damaged."""
        header = read_header(segment.path)
        if header.stream != self.stream:
            raise Damaged(segment.path, f"it is of {header.stream}")
        return header

    def read(self, next_seq: int) -> Iterator[Entry]:
        """The entries from `next_seq` on, to the end as it is now; raises Damaged."""
        log = ""
        for segment in self.segments():
            if segment.last < next_seq:
                continue
            header = self.header(segment)
            if log and header.log != log:
                raise Damaged(segment.path, f"it is of log {header.log}, those before of {log}")
            log = header.log
            yield from read_segment(segment.path, next_seq)

    def get(self, seq: int) -> Entry | None:
        """One entry, None when it is not here; raises Damaged."""
        for segment in self.segments():
            if segment.first <= seq <= segment.last:
                return next(read_segment(segment.path, seq))
        return None
