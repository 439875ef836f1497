"""The EXECUTIONS that is to be replaced: kept in files, as far as it can be read.

Rule: a copy is never written over. One that a run left which was ended midway may hold all that is
left of answers that nobody can compute any more.
"""

import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

from outcry.cli.failed import ExitCode, Failed
from outcry.cli.tape import stretch
from outcry.log.api import STREAM_NOT_FOUND, ApiRefused
from outcry.log.archive import Archive
from outcry.log.log import Entry, Log, LogError
from outcry.log.segments import RAW_BYTES_MAX, SegmentWriter
from outcry.wire.order_id import NO_LOG
from outcry.wire.subjects import EXECUTIONS

COPIES_MAX = 9


class Old:
    """What was in the archive, and then in the stream; `trouble` is why it ends where it does.

    Its copy is in `folder`, or beside it under a number where that holds an earlier one. Raises
    Failed: there are too many of those.
    """

    def __init__(self, archive: Archive, folder: Path) -> None:
        self.archive = archive
        self.earlier: list[Archive] = []
        """The copies of runs before, the newest first."""
        self.kept = Archive(folder, EXECUTIONS)
        while self.kept.last_seq:
            self.earlier.insert(0, self.kept)
            name = f"{folder.name}.{len(self.earlier) + 1}"
            self.kept = Archive(folder.with_name(name), EXECUTIONS)
        if len(self.earlier) >= COPIES_MAX:
            raise Failed(
                f"{folder} and {COPIES_MAX - 1} more beside it keep what EXECUTIONS was: move them "
                "away first",
                ExitCode.REFUSED,
            )
        self.folder = self.kept.folder.parent
        self.trouble = ""
        self.replaced = False

    async def keep(self, live: Log) -> None:
        """Copy the stream into files."""
        try:
            state = await live.info()
        except ApiRefused as refused:
            if refused.err_code != STREAM_NOT_FOUND:
                raise
            self.trouble = "there is no stream EXECUTIONS"
            return
        folder = self.kept.folder
        writer: SegmentWriter | None = None
        try:
            async for entries in stretch(live, max(state.first_seq, 1), state.last_seq):
                for entry in entries:
                    writer = writer or SegmentWriter(folder, NO_LOG, EXECUTIONS, entry.seq)
                    writer.add(entry)
                if writer is not None and writer.raw_bytes >= RAW_BYTES_MAX:
                    writer.seal()
                    writer = None
        except LogError as error:
            self.trouble = str(error)
        if writer is not None:
            writer.seal()

    def answers(self, first: int) -> Iterator[Entry]:
        """The answers from `first` on without a gap, as far as there are any."""
        return _chained(first, (self.archive, self.kept))

    def known(self, first: int) -> Iterator[Entry]:
        """The same, and what earlier copies have of those that come after."""
        return _chained(first, (self.archive, self.kept, *self.earlier))

    def forget(self) -> None:
        """Remove the files: nothing is replaced."""
        shutil.rmtree(self.folder, ignore_errors=True)


def _chained(due: int, parts: Sequence[Archive]) -> Iterator[Entry]:
    for part in parts:
        for entry in part.read(due):
            if entry.seq != due:
                break
            yield entry
            due += 1
