"""The embedded server: its folder, its ports, its life."""

import asyncio
import errno
import json
import os
import resource
import signal
import socket
import stat
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import uvloop

from outcry.log.jetstream import JetStreamLog
from outcry.log.streams import Limits, ensure_streams
from outcry.runtime import nats_server
from outcry.runtime.lifecycle import Refused
from outcry.runtime.nats import connect
from outcry.runtime.nats_config import ORDER_SERVICE
from outcry.runtime.nats_monitor import ask_monitor
from outcry.runtime.nats_server import NatsServer, find_binary, start_nats_server
from outcry.runtime.settings import Durability
from outcry.wire.subjects import ORDERS, VENUE_OPEN
from tests.waiting import PATIENCE_S, free_ports, until


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[NatsServer]:
    running = await start_nats_server(tmp_path, port=0, monitor_port=0)
    yield running
    await running.stop()


def is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return state.rpartition(")")[2].split()[0] != "Z"


@pytest.mark.parametrize("durability", Durability)
async def test_the_server_keeps_what_its_mode_promises(
    tmp_path: Path, durability: Durability
) -> None:
    """On the disk before it is acknowledged, or only safe from the death of processes."""
    server = await start_nats_server(tmp_path, port=0, monitor_port=0, durability=durability)
    config = (await ask_monitor(server.monitor_url, "/jsz"))["config"]
    assert config.get("sync_always", False) is (durability is not Durability.PROCESS)
    await server.stop()


async def test_the_log_is_there_after_a_restart(tmp_path: Path) -> None:
    """So are the passwords: services that run on connect again."""
    first = await start_nats_server(tmp_path, port=0, monitor_port=0)
    nc = await connect(first.url(ORDER_SERVICE), ORDER_SERVICE)
    await ensure_streams(nc, Limits())
    await (await JetStreamLog(nc, ORDERS).send(VENUE_OPEN, b"{}"))
    await nc.close()
    await first.stop()
    second = await start_nats_server(tmp_path, port=0, monitor_port=0)
    assert second.passwords == first.passwords
    nc = await connect(second.url(ORDER_SERVICE), ORDER_SERVICE)
    assert await JetStreamLog(nc, ORDERS).last_seq() == 1
    await nc.close()
    await second.stop()


async def test_clients_leave_descriptors_for_the_log(tmp_path: Path, server: NatsServer) -> None:
    """With none left a write would fail, and a write that fails stops a stream."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    most = json.loads((tmp_path / "nats" / "nats.conf").read_text())["max_connections"]
    assert 0 < most < hard or hard == resource.RLIM_INFINITY


async def test_a_server_without_trouble_tells_none(server: NatsServer) -> None:
    """Nor does one that does not answer: it is busy, or has ended."""
    assert await server.trouble() == ""
    server.process.kill()
    await server.wait()
    assert await server.trouble() == ""


async def test_a_full_disk_does_not_keep_the_server_from_starting_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is asked of the log can be answered without writing."""
    port, monitor_port = free_ports(2)
    first = await start_nats_server(tmp_path, port=port, monitor_port=monitor_port)
    await first.stop()

    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "pwrite", full)
    monkeypatch.setattr(os, "fdopen", full)
    second = await start_nats_server(tmp_path, port=port, monitor_port=monitor_port)
    assert second.address == first.address
    await second.stop()


async def test_only_the_owner_reads_the_passwords(tmp_path: Path, server: NatsServer) -> None:
    """Neither they nor the configuration that holds them are for other users."""
    for name in ("credentials.json", "nats.conf"):
        mode = (tmp_path / "nats" / name).stat().st_mode
        assert stat.S_IMODE(mode) == 0o600


async def test_a_port_that_is_taken_is_named(tmp_path: Path) -> None:
    """With the option that chooses another; nothing is left running."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(Refused, match=rf"port {port} is taken .* --nats-port"):
            await start_nats_server(tmp_path, port=port, monitor_port=0)
        with pytest.raises(Refused, match=rf"port {port} is taken .* --nats-monitor-port"):
            await start_nats_server(tmp_path, port=0, monitor_port=port)


async def test_a_host_that_is_not_ours_is_refused(tmp_path: Path) -> None:
    """An address of another machine cannot be listened on."""
    with pytest.raises(Refused, match=r"cannot listen on 192\.0\.2\.1:.* --host"):
        await start_nats_server(tmp_path, host="192.0.2.1", port=0, monitor_port=0)


async def test_a_folder_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    """A file is in its place, say, or it may not be written."""
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(Refused, match=r"data folder .*file/nats cannot be used: .* --data-dir"):
        await start_nats_server(tmp_path / "file", port=0, monitor_port=0)


async def test_a_folder_has_one_server(tmp_path: Path, server: NatsServer) -> None:
    """The refusal names the process that has it."""
    with pytest.raises(Refused, match=rf"in use by .* \(process {server.process.pid}\)"):
        await start_nats_server(tmp_path, port=0, monitor_port=0)


async def test_a_damaged_password_file_is_named(tmp_path: Path) -> None:
    """It says which file, and that deleting it is safe."""
    (tmp_path / "nats").mkdir()
    for damage in ("{", "[]", '{"gateway": 7}'):
        (tmp_path / "nats" / "credentials.json").write_text(damage)
        with pytest.raises(Refused, match=r"credentials\.json is damaged; delete it"):
            await start_nats_server(tmp_path, port=0, monitor_port=0)


async def test_what_keeps_the_server_from_starting_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that ends at once is not waited for, and its last words are passed on."""
    fake = tmp_path / "nats-server"
    fake.write_text("#!/bin/sh\necho no such thing >&2\nexit 1\n")
    fake.chmod(0o755)
    monkeypatch.setattr(nats_server, "find_binary", lambda: fake)
    with pytest.raises(Refused, match="ended at once: no such thing"):
        await start_nats_server(tmp_path, port=0, monitor_port=0)


async def test_a_server_that_is_never_ready_is_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Waiting has a bound, and nothing is left running after it."""
    fake = tmp_path / "nats-server"
    fake.write_text(f"#!/bin/sh\necho $$ > {tmp_path}/pid\nexec sleep 600\n")
    fake.chmod(0o755)
    monkeypatch.setattr(nats_server, "find_binary", lambda: fake)
    monkeypatch.setattr(nats_server, "READY_S", 0.3)
    with pytest.raises(Refused, match=r"not ready after"):
        await start_nats_server(tmp_path, port=0, monitor_port=0)
    assert not is_running(int((tmp_path / "pid").read_text()))


async def test_a_stopped_server_is_ended_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What does not end when asked is killed after a bound."""
    monkeypatch.setattr(nats_server, "STOP_S", 0.2)
    server = await start_nats_server(tmp_path, port=0, monitor_port=0)
    os.kill(server.process.pid, signal.SIGSTOP)
    await asyncio.wait_for(server.stop(), PATIENCE_S)
    assert await server.wait() == -signal.SIGKILL


async def test_a_dead_server_is_noticed(server: NatsServer) -> None:
    """Whoever waits for it learns its exit code."""
    server.process.kill()
    assert await asyncio.wait_for(server.wait(), PATIENCE_S) == -signal.SIGKILL


async def test_ctrl_c_does_not_reach_the_server(server: NatsServer) -> None:
    """It has a session of its own, so that the services drain before it ends."""
    assert os.getsid(server.process.pid) != os.getsid(0)


PARENT = """
import asyncio, sys
from pathlib import Path
from outcry.runtime.nats_server import start_nats_server

async def main():
    server = await start_nats_server(Path(sys.argv[1]), port=0, monitor_port=0)
    print(server.process.pid, flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only the Linux kernel offers it")
async def test_the_server_dies_with_its_parent(tmp_path: Path) -> None:
    """Even with one that is killed; who starts another at once is not refused the folder."""
    parent = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PARENT, tmp_path, stdout=asyncio.subprocess.PIPE
    )
    assert parent.stdout is not None
    pid = int(await parent.stdout.readline())
    assert is_running(pid)
    parent.kill()
    await parent.wait()
    server = await start_nats_server(tmp_path, port=0, monitor_port=0)
    await until(lambda: not is_running(pid))
    await server.stop()


def test_the_server_runs_under_uvloop(tmp_path: Path) -> None:
    """That is the loop of the services."""

    async def start_and_stop() -> None:
        server = await start_nats_server(tmp_path, port=0, monitor_port=0)
        assert os.getsid(server.process.pid) != os.getsid(0)
        await server.stop()
        assert await server.wait() == 0

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(start_and_stop())


def test_the_binary_of_the_package_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also when its folder is not on the PATH."""
    monkeypatch.setenv("PATH", "")
    assert find_binary().name == "nats-server"
