"""What the services measure, and what docs/operating.md says of it."""

import re
from pathlib import Path

import httpx

from chaos.venue import Venue

OPERATING = Path(__file__).parent.parent.parent / "docs" / "operating.md"


async def test_every_metric_is_told(venue: Venue) -> None:
    """docs/operating.md lists the metrics of all services, with kind and meaning, and no other."""
    told = re.findall(
        r"^\| `(outcry_\w+)` \| (\w+) \| (.+) \|$", OPERATING.read_text("utf-8"), re.M
    )
    shown = []
    async with httpx.AsyncClient(trust_env=False) as http:
        for service in venue.services.values():
            text = (await http.get(f"{service.url}/metrics")).text
            kinds = dict(re.findall(r"^# TYPE (\S+) (\S+)$", text, re.M))
            helps = re.findall(r"^# HELP (outcry_\S+) (.+)$", text, re.M)
            shown += [(name, kinds[name], what) for name, what in helps if not is_stamp(name)]
    rows = ["| `{}` | {} | {} |".format(*row) for row in shown if row not in told]
    assert not rows, "put into docs/operating.md:\n" + "\n".join(rows)
    assert sorted(told) == sorted(shown)


def is_stamp(name: str) -> bool:
    """Whether it is the time since which another one is counted."""
    return name.endswith("_created")
