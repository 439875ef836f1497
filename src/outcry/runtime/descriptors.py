"""How many clients this process has descriptors for."""

import contextlib
import resource

RESERVE = 256  # log, NATS, operations and what else a process opens


def room_for(clients_max: int) -> int:
    """Raise the limit of open files as far as `clients_max` needs; gives how many fit.

    A client counts twice, as others may knock at the same time and must get an answer.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 2 * clients_max + RESERVE
    if hard != resource.RLIM_INFINITY:
        wanted = min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with contextlib.suppress(ValueError, OSError):  # macOS allows less than it says
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
            soft = wanted
    if soft == resource.RLIM_INFINITY:
        return clients_max
    return min(clients_max, max((soft - RESERVE) // 2, 1))
