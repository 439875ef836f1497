"""Ports are looked at before anything is started."""

import socket

import pytest

from outcry.runtime.lifecycle import Refused
from outcry.runtime.ports import claim_ports, local_host

HOST = "127.0.0.1"


def test_a_taken_port_is_named_with_its_option() -> None:
    """Who has to choose another port is told which option does it."""
    with socket.create_server((HOST, 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(Refused, match=rf"port {port} is taken .* --ws-port"):
            claim_ports(HOST, {"--http-port": 0, "--ws-port": port})


def test_one_port_cannot_serve_two() -> None:
    """Two options with the same port are refused, whoever would come first."""
    with socket.create_server((HOST, 0)) as probe:
        port = probe.getsockname()[1]
    with pytest.raises(Refused, match="--ws-port and --http-port are both"):
        claim_ports(HOST, {"--http-port": port, "--ws-port": port})


def test_port_0_is_any_free_port() -> None:
    """Each 0 becomes a port of its own, free to be listened on."""
    claimed = claim_ports(HOST, {"--http-port": 0, "--ws-port": 0, "--nats-port": 0})
    assert len(set(claimed.values())) == 3
    for port in claimed.values():
        socket.create_server((HOST, port)).close()


def test_a_foreign_address_is_refused() -> None:
    """An address of no network here is refused with the option that set it."""
    with pytest.raises(Refused, match="--host"):
        claim_ports("192.0.2.1", {"--http-port": 0})
    with pytest.raises(Refused, match="--http-port 70000"):
        claim_ports(HOST, {"--http-port": 70_000})


def test_everywhere_is_reached_over_loopback() -> None:
    """A server that listens on all networks is asked on this machine's own."""
    assert local_host("0.0.0.0") == "127.0.0.1"
    assert local_host("::") == "[::1]"
    assert local_host("10.0.0.1") == "10.0.0.1"
