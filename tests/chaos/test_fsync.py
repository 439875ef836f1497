"""What a trace of system calls shows, and what it does not."""

from chaos.fsync import judge, read_calls

FILE = "12</data/streams/ORDERS/msgs/1.blk>"
SOCKET = "9<TCP:[127.0.0.1:4222->127.0.0.1:5000]>"
STORED = {("ORDERS", 1): 0}


def write(number: int = 0) -> str:
    return f'7  pwrite64({FILE}, "order.createdfsync-{number}.", 40, 0) = 40'


def sync(file: str = FILE) -> str:
    return f"7  fsync({file}) = 0"


def ack(*pieces: str) -> str:
    text = "}, {".join(f'iov_base="{piece}", iov_len={len(piece)}' for piece in pieces)
    return f"8  writev({SOCKET}, [{{{text}}}], {len(pieces)}) = 80"


ACK = ack(r"MSG _INBOX.1 2 27\r\n{\"stream\":\"ORDERS\",\"seq\":1}\r\n")


def early(*lines: str) -> list[int]:
    return judge(list(read_calls(lines)), STORED).early


def test_write_sync_acknowledgement_is_the_order() -> None:
    """A message that was written and synced before its acknowledgement is not early."""
    assert early(write(), sync(), ACK) == []


def test_an_acknowledgement_that_came_first_is_early() -> None:
    """Before the sync, before the write, without any, or after the sync of another file."""
    assert early(write(), ACK, sync()) == [0]
    assert early(sync(), write(), ACK) == [0]
    assert early(write(), ACK) == [0]
    assert early(write(), sync("13</data/streams/ORDERS/msgs/2.blk>"), ACK) == [0]


def test_a_sync_counts_from_its_end() -> None:
    """While a sync is under way nothing is on the disk yet."""
    began, ended = f"7  fsync({FILE} <unfinished ...>", "7  <... fsync resumed>) = 0"
    assert early(write(), began, ACK, ended) == [0]
    assert early(write(), began, ended, ACK) == []


def test_a_write_during_a_sync_waits_for_the_next() -> None:
    """A sync that began before the write was done says nothing of it."""
    began, ended = f"6  fsync({FILE} <unfinished ...>", "6  <... fsync resumed>) = 0"
    assert early(began, write(), ended, ACK) == [0]


def test_a_file_that_syncs_each_write_needs_no_other_sync() -> None:
    """O_SYNC at the opening counts."""
    opened = '7  openat(AT_FDCWD, "/data/streams/ORDERS/msgs/1.blk", O_RDWR|O_SYNC) = 12'
    assert early(opened, write(), ACK) == []


def test_an_acknowledgement_may_be_cut_in_two() -> None:
    """A number that two buffers share is read as one."""
    pieces = r"{\"stream\":\"ORDERS\",\"seq\":1", r"7}\r\n"
    calls = list(read_calls([write(17), sync(), ack(*pieces)]))
    assert judge(calls, {("ORDERS", 17): 17}).early == []
