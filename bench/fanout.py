"""Fan-out: one execution to many WebSocket clients, beside `websockets` broadcast() in one run."""

import socket
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from bench.audience import Audience, Stamp, audience
from bench.fanout_server import COMMAND, FRAME_BYTES, SERVERS, STAMP_DIGITS, STAMP_OFFSET
from outcry.runtime.descriptors import room_for

CLIENTS = (1, 100, 1000)
OUTSTANDING = 20  # messages on the way at most, in the closed loop
WARM_UP_S = 0.5
MEASURE_S = 3.0
RATES = (50, 500)  # messages a second, to the largest audience
SAMPLE = 20  # of so many clients one looks at the time
OVERLOAD_S = 3.0  # a server that needs longer than this for what is left is overloaded

INTRO = f"""\
Frames of {FRAME_BYTES} B; the hub is fed directly, no NATS. Closed loop: at most {OUTSTANDING} \
messages on the way, the next
when they have one more on average. The audience is one process that counts bytes (no parsing, one
recv_into for what has arrived); while it waits in select() it is not the bottleneck. Server and
audience share the machine, so with two cores 100 % CPU of each is all there is.
"""


class Pace(NamedTuple):
    """What one closed loop gave; CPU in seconds per second."""

    deliveries_s: float
    server_cpu: float
    audience_cpu: float
    audience_waits: float


class Server:
    """A server process and its control connection."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        assert process.stdout is not None
        port, control = process.stdout.readline().split()
        self.port = int(port)
        self._control = socket.create_connection(("127.0.0.1", int(control)))
        self._control.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.allowed = 0

    def allow(self, messages: int) -> None:
        """Let it publish until so many have been published since its start."""
        self.allowed = messages
        self._control.sendall(COMMAND.pack(b"w", messages, 0))

    def publish(self, messages: int, per_s: int) -> None:
        """Have it publish at a rate."""
        self._control.sendall(COMMAND.pack(b"r", messages, per_s))

    def cpu_s(self) -> float:
        """CPU time of the process."""
        self._control.sendall(COMMAND.pack(b"c", 0, 0))
        seconds: float = struct.unpack("<d", self._control.recv(8, socket.MSG_WAITALL))[0]
        return seconds

    def close(self) -> None:
        """End it."""
        self._control.close()


@contextmanager
def running(name: str) -> Iterator[Server]:
    """A server process while the block runs."""
    command = [sys.executable, "-m", "bench.fanout_server", name]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        server = Server(process)
        try:
            yield server
        finally:
            server.close()


def closed_loop(server: Server, clients: Audience) -> Pace:
    """Publish as fast as all clients get it."""
    _listen_and_allow(server, clients, WARM_UP_S)
    begin, heard, waited = time.perf_counter(), clients.heard, clients.waited_s
    server_cpu, own_cpu = server.cpu_s(), time.process_time()
    _listen_and_allow(server, clients, MEASURE_S)
    seconds = time.perf_counter() - begin
    pace = Pace(
        (clients.heard - heard) / clients.frame_bytes / seconds,
        (server.cpu_s() - server_cpu) / seconds,
        (time.process_time() - own_cpu) / seconds,
        (clients.waited_s - waited) / seconds,
    )
    owed = server.allowed * clients.frame_bytes * clients.clients
    deadline = time.perf_counter() + OVERLOAD_S
    while clients.heard < owed and time.perf_counter() < deadline:
        clients.listen(0.1)
    if clients.heard != owed:
        raise RuntimeError(f"{owed} bytes were owed, {clients.heard} came")
    return pace


def _listen_and_allow(server: Server, clients: Audience, seconds: float) -> None:
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        if clients.complete + OUTSTANDING > server.allowed:
            server.allow(clients.complete + OUTSTANDING)
        clients.listen(0.1)


def delays_at(server: Server, clients: Audience, per_s: int) -> str:
    """Age of a message when a client has it, at a rate, measured from when it was due."""
    count = int(per_s * MEASURE_S)
    owed = clients.heard + count * clients.frame_bytes * clients.clients
    cpu, begin = server.cpu_s(), time.perf_counter()
    server.publish(count, per_s)
    stamp = Stamp(STAMP_OFFSET, STAMP_DIGITS)
    deadline = begin + MEASURE_S + OVERLOAD_S
    ages = sorted(clients.listen_for_delays(owed, deadline, stamp, SAMPLE))
    if clients.heard < owed:
        return f"overloaded: {clients.heard / owed:.0%} delivered {OVERLOAD_S:.0f} s after the end"
    p50, p99 = ages[len(ages) // 2] / 1e6, ages[len(ages) * 99 // 100] / 1e6
    used = (server.cpu_s() - cpu) / (time.perf_counter() - begin)
    return f"p50 {p50:6.1f} ms   p99 {p99:6.1f} ms   server CPU {used:4.0%}"


def main() -> None:
    """Print the figures."""
    room_for(max(CLIENTS))
    print(INTRO)
    print(" clients  server       deliveries/s  us CPU each  server CPU  audience CPU  it waits")
    best: dict[str, float] = {}
    for count in CLIENTS:
        for name in SERVERS:
            with running(name) as server, audience(server.port, count, FRAME_BYTES) as clients:
                pace = closed_loop(server, clients)
            best[name] = pace.deliveries_s
            each_us = 1e6 * pace.server_cpu / pace.deliveries_s
            print(
                f"{count:8,}  {name:10}  {pace.deliveries_s:13,.0f}  {each_us:11.2f}"
                f"  {pace.server_cpu:10.0%}  {pace.audience_cpu:12.0%}  {pace.audience_waits:8.0%}"
            )
        print(f"{'':8}  {best['outcry'] / best['websockets']:.1f} x websockets broadcast()")
    print(
        f"\nAt a rate, {CLIENTS[-1]:,} clients, from when a message was due to a client having it:"
    )
    for per_s in RATES:
        for name in SERVERS:
            with (
                running(name) as server,
                audience(server.port, CLIENTS[-1], FRAME_BYTES) as clients,
            ):
                print(f"{per_s:5} messages/s  {name:10}  {delays_at(server, clients, per_s)}")
