"""Whether the disk comes before the acknowledgement: what NATS asked of the kernel, in order.

A message counts as synced when the write of its bytes to a file of the stream had ended, and after
that an fsync of the same file (or the file was opened to sync each write), before the write of its
acknowledgement to the socket began.
"""

import asyncio
import re
import shutil
import signal
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from outcry.log.jetstream import JetStreamLog
from outcry.log.streams import Limits, ensure_streams
from outcry.runtime.nats import connect
from outcry.runtime.nats_config import OPERATOR
from outcry.runtime.nats_server import start_nats_server
from outcry.runtime.settings import Durability
from outcry.wire.subjects import EXECUTIONS, ORDER_CREATED, ORDERS, executions

BURST = 8
"""Messages under way at once."""
TRACED = "trace=openat,write,writev,pwrite64,fsync,fdatasync"
SYNCS = ("fsync", "fdatasync")
TEXT_MAX = "65536"
ATTACH_S = 10.0

_CALL = re.compile(r"(\d+) +(\w+)\((.*)")
_RESUMED = re.compile(r"(\d+) +<\.\.\. (\w+) resumed>(.*)")
_FILE = re.compile(r"\d+<(/[^>]*\.blk)>")
_OPENED = re.compile(r'"([^"]*\.blk)", [A-Z_|]*O_D?SYNC')
_TOKEN = re.compile(r"fsync-(\d+)\.")
_SEAM = re.compile(r'", iov_len=\d+\}, \{iov_base="')
"""Where one buffer of a writev ends and the next begins, be it amid a number."""
_ACK = re.compile(r'\\"stream\\":\\"(\w+)\\",\s*\\"seq\\":(\d+)')


class Skipped(Exception):
    """It cannot be traced here; the text says why."""


class Call(NamedTuple):
    """One system call; times are the lines of the trace on which it began and ended."""

    name: str
    text: str
    began: int
    ended: int


class Traced(NamedTuple):
    """What a trace shows: messages acknowledged, and the numbers of those where it was early."""

    acknowledged: int
    early: list[int]
    syncs: int

    def __str__(self) -> str:
        synced = self.acknowledged - len(self.early)
        return (
            f"{self.acknowledged} messages were acknowledged, {synced} of them after their bytes "
            f"were written and synced, in {self.syncs} syncs"
        )


async def trace(folder: Path, messages: int, durability: Durability = Durability.DISK) -> Traced:
    """Watch a NATS of its own store messages. Raises Skipped."""
    strace = shutil.which("strace")
    if strace is None:
        raise Skipped("there is no strace on the PATH")
    output = folder / "strace.out"
    server = await start_nats_server(folder, port=0, monitor_port=0, durability=durability)
    try:
        tracer = await _attach(strace, server.process.pid, output)
        try:
            stored = await _store(server.url(OPERATOR), messages)
        finally:
            tracer.send_signal(signal.SIGINT)
            await tracer.wait()
    finally:
        await server.stop()
    calls = list(read_calls(output.read_text(errors="replace").splitlines()))
    return judge(calls, stored)


async def _attach(strace: str, pid: int, output: Path) -> asyncio.subprocess.Process:
    options = ("-f", "-yy", "-s", TEXT_MAX, "-e", TRACED, "-o", str(output))
    tracer = await asyncio.create_subprocess_exec(
        strace, *options, "-p", str(pid), stderr=asyncio.subprocess.PIPE
    )
    assert tracer.stderr is not None
    async with asyncio.timeout(ATTACH_S):
        said = (await tracer.stderr.readline()).decode().strip()
    if "attached" not in said:
        await tracer.wait()
        raise Skipped(f"strace may not look at NATS: {said}")
    return tracer


async def _store(url: str, messages: int) -> dict[tuple[str, int], int]:
    """Store messages in both streams; gives the number of each by stream and sequence."""
    nc = await connect(url, OPERATOR)
    try:
        await ensure_streams(nc, Limits())
        stored: dict[tuple[str, int], int] = {}
        numbers = iter(range(messages))
        for stream, subject in ((ORDERS, ORDER_CREATED), (EXECUTIONS, executions())):
            log = JetStreamLog(nc, stream)
            for _ in range(messages // (2 * BURST)):
                burst = [next(numbers) for _ in range(BURST)]
                acks = [await log.send(subject, f"fsync-{number}.".encode()) for number in burst]
                for number, seq in zip(burst, await asyncio.gather(*acks), strict=True):
                    stored[stream, seq] = number
        return stored
    finally:
        await nc.close()


def read_calls(lines: Iterable[str]) -> Iterator[Call]:
    """The calls of an strace of several threads, in the order in which they ended."""
    open_calls: dict[str, tuple[str, str, int]] = {}
    for at, line in enumerate(lines):
        if began := _CALL.match(line):
            thread, name, text = began.groups()
            if text.endswith("<unfinished ...>"):
                open_calls[thread] = name, text, at
            else:
                yield Call(name, text, at, at)
        elif (ended := _RESUMED.match(line)) and ended[1] in open_calls:
            name, text, since = open_calls.pop(ended[1])
            yield Call(name, text + ended[3], since, at)


def judge(calls: Sequence[Call], stored: Mapping[tuple[str, int], int]) -> Traced:
    """Hold every acknowledgement against the write and the sync of its message."""
    synced_at = find_syncs(calls)
    acknowledged: dict[tuple[str, int], int] = {}
    for call in calls:
        if "<TCP" in call.text:
            for stream, seq in _ACK.findall(_SEAM.sub("", call.text)):
                acknowledged.setdefault((stream, int(seq)), call.began)
    early = [
        number
        for place, number in stored.items()
        if number not in synced_at or synced_at[number] >= acknowledged[place]
    ]
    return Traced(len(stored), early, sum(call.name in SYNCS for call in calls))


def find_syncs(calls: Sequence[Call]) -> dict[int, int]:
    """When each message was on the disk, by its number."""
    always = {found[1] for call in calls for found in _OPENED.finditer(call.text)}
    waiting: dict[str, dict[int, int]] = {}
    synced_at: dict[int, int] = {}
    for call in calls:
        file = _FILE.match(call.text)
        if file is None:
            continue
        written = waiting.setdefault(file[1], {})
        if call.name in SYNCS:
            for number in [n for n, ended in written.items() if ended < call.began]:
                del written[number]
                synced_at[number] = call.ended
            continue
        numbers = dict.fromkeys(map(int, _TOKEN.findall(call.text)), call.ended)
        (synced_at if file[1] in always else written).update(numbers)
    return synced_at
