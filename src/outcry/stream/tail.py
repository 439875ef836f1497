"""Where to begin reading, so that the newest executions fill the ring and no more is fetched."""

from typing import NamedTuple

from outcry.log.log import Log, LogError, once_answered


class Tail(NamedTuple):
    """Entries `first` to `last` of a log; of an empty one `first` is 1 and `last` 0."""

    first: int
    last: int


async def find_tail(log: Log, *, entries_max: int, bytes_max: int) -> Tail:
    """The newest entries that take about `bytes_max` together, by the average of the log.

    Waits for a log that cannot be asked yet, visibly.
    """
    state = await once_answered(log.info, LogError)
    count = max(state.last_seq - state.first_seq + 1, 1)
    fitting = bytes_max * count // max(state.bytes, 1) + 1
    first = state.last_seq + 1 - min(fitting, entries_max)
    return Tail(max(first, state.first_seq, 1), state.last_seq)
