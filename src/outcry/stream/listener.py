"""The listening socket, which survives a shortage of descriptors."""

import asyncio
import socket
from typing import Any

BACKLOG = 1024  # connections the kernel holds until they are accepted
REST_S = 0.5  # without accepting when out of descriptors; less than aiofastnet's second


def listen(host: str, port: int) -> socket.socket:
    """Open the listening socket; port 0 takes any that is free. Raises OSError if it cannot."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    opened = socket.create_server((host, port), family=family, backlog=BACKLOG)
    return _Listener(fileno=opened.detach())


class _Listener(socket.socket):
    """Lets aiofastnet 1.2 rest for a second when descriptors run out, as it means to.

    It asks the socket, not the loop, to be read no more, and goes on to accept.
    """

    _resting = False

    def accept(self) -> tuple[socket.socket, Any]:
        """Accept a connection, unless resting."""
        if self._resting:
            raise BlockingIOError
        return super().accept()

    def remove_reader(self, fd: int) -> None:
        """Rest: the loop will read this socket again when aiofastnet says so."""
        loop = asyncio.get_running_loop()
        loop.remove_reader(fd)
        self._resting = True
        loop.call_later(REST_S, setattr, self, "_resting", False)
