"""Waiting until a gateway knows a key that was just made."""

import asyncio

from outcry.cli.failed import ExitCode, Failed
from outcry.cli.gateway_client import Gateway

PATIENCE_S = 10.0
POLL_S = 0.05


async def until_known(gateway: Gateway) -> None:
    """Return when the gateway knows the key it is asked with. Raises Failed: it does not."""
    for _ in range(round(PATIENCE_S / POLL_S)):
        if await asyncio.to_thread(gateway.knows_key):
            return
        await asyncio.sleep(POLL_S)
    raise Failed(
        f"{gateway.url} does not know a key that was made over the NATS of the operator: are they "
        "of one exchange?",
        ExitCode.UNREACHABLE,
    )
