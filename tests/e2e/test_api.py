"""The running gateway against its own API document: any request, by any key, and no surprise."""

import asyncio
import sys
from pathlib import Path

import pytest

from chaos.customers import key_of
from chaos.venue import GATEWAY, Venue

pytestmark = pytest.mark.asyncio(loop_scope="module")

RULES = """\
seed = 1
color = false

[generation]
max-examples = 20

[phases.stateful]
enabled = false

[parameters]
min_seq = 0  # another one would be waited for

[checks]
# What fits the schema may still be an order that the market rejects.
positive_data_acceptance.enabled = false
not_a_server_error.expected-statuses = ["2xx", "3xx", "4xx", "503"]

[[operations]]
include-name = "POST /order"
# An array is answered 200 with one answer for each element, also where some are not understood.
checks.negative_data_rejection.enabled = false

[[operations]]
include-name = "POST /admin"
checks.negative_data_rejection.enabled = false

[[operations]]
include-name = "GET /ws"
# Without an upgrade it is 426, whatever is asked for, and by whom.
checks.negative_data_rejection.enabled = false
checks.missing_required_header.enabled = false
"""


@pytest.mark.parametrize("who", ["admin", "ann", ""])
async def test_the_gateway_does_what_its_document_says(
    venue: Venue, tmp_path: Path, who: str
) -> None:
    """Made-up requests, good and bad, by an administrator, by a trader and by nobody: every answer
    is one that /openapi.json describes."""
    await venue.customers.open("ann")
    key = ("-H", f"Authorization: Bearer {key_of(who)}") if who else ()
    rules = tmp_path / "schemathesis.toml"
    rules.write_text(RULES)
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "schemathesis.cli", "--config-file", str(rules)),
        *("run", f"{venue.url}/openapi.json", *key),
        cwd=tmp_path,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        told, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode == 0, told.decode()
    assert (await venue[GATEWAY].state())["ready"]
