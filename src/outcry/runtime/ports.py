"""Ports of this machine, looked at before anything is started."""

import errno
import os
import socket
from collections.abc import Mapping

from outcry.runtime.lifecycle import Refused

_ANYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}  # noqa: S104 - named, not bound


def local_host(host: str) -> str:
    """Where a server that listens on `host` is reached from this machine."""
    host = _ANYWHERE.get(host, host)
    return f"[{host}]" if ":" in host else host


def claim_ports(host: str, wanted: Mapping[str, int]) -> dict[str, int]:
    """A free port for each option; 0 becomes any free one.

    Raises Refused: it is taken, asked for twice, or not to be had; the text names the option.
    """
    claimed: dict[str, int] = {}
    owners: dict[int, str] = {}
    sockets: list[socket.socket] = []
    try:
        for option, port in wanted.items():
            if port and port in owners:
                raise Refused(f"{option} and {owners[port]} are both {port}; give two ports")
            probe = _listen(host, port, option)
            sockets.append(probe)  # kept until all are there, so that none is given twice
            claimed[option] = probe.getsockname()[1]
            owners[claimed[option]] = option
    finally:
        for probe in sockets:
            probe.close()
    return claimed


def _listen(host: str, port: int, option: str) -> socket.socket:
    if not 0 <= port <= 65_535:
        raise Refused(f"{option} {port}: a port is a number from 1 to 65535, or 0 for any")
    try:
        family, kind, _, _, address = socket.getaddrinfo(
            host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except OSError as error:
        raise Refused(
            f"--host {host}: {error.strerror}; give an address of this machine"
        ) from error
    probe = socket.socket(family, kind)
    try:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(address)
        probe.listen(1)  # some systems let two bind, but only one listen
    except OSError as error:
        probe.close()
        if error.errno == errno.EADDRINUSE:
            raise Refused(
                f"port {port} is taken by another program; choose another with {option}"
            ) from error
        reason = os.strerror(error.errno or 0)
        raise Refused(
            f"cannot listen on {host}:{port}: {reason}; check --host and {option}"
        ) from error
    return probe
