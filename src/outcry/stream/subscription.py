"""What a client asks for in its handshake: `/ws`, `/ws?after=<seq>` or `/ws?after=<seq>&log=<id>`.

`after` and `log` are in every execution (`seq`, `log`): a client that comes back gives those of the
last one it saw, sees all that follow, and is refused if they are of another log.
"""

from typing import NamedTuple
from urllib.parse import parse_qsl, urlsplit

PATH = "/ws"
SEQ_DIGITS_MAX = 16


class Subscription(NamedTuple):
    """Live from now when `after` is None; `log_id` is empty when the client did not say."""

    after: int | None = None
    log_id: str = ""


class Refusal(NamedTuple):
    """An HTTP answer instead of a WebSocket: status, and what stands in its JSON body."""

    status: int
    code: str
    message: str


def parse(target: bytes, upgrade: str) -> Subscription | Refusal:
    """Read the request target, such as `/ws?after=17`, and the Upgrade header of a handshake."""
    path, query = _split(target.decode("latin-1"))
    if path != PATH:
        return Refusal(404, "not_found", f"There is only {PATH}: connect a WebSocket to it.")
    if "websocket" not in upgrade.lower():
        return Refusal(426, "upgrade_required", f"{PATH} is a WebSocket: connect with ws://.")
    try:
        fields = parse_qsl(query, keep_blank_values=True, max_num_fields=2)
    except ValueError:
        return Refusal(400, "query", "Too many query parameters: only after and log are known.")
    values = dict(fields)
    unknown = sorted(values.keys() - {"after", "log"})
    if unknown or len(values) < len(fields):
        name = unknown[0][:40] if unknown else "a repeated one"
        return Refusal(400, "query", f"Query parameter {name!r}: only one after and one log.")
    after = values.get("after")
    if after is None:
        return Subscription(None, values.get("log", ""))
    if not (after.isascii() and after.isdigit() and len(after) <= SEQ_DIGITS_MAX):
        return Refusal(400, "after", f"after={after[:40]!r}: expected the seq of an execution.")
    return Subscription(int(after), values.get("log", ""))


def _split(target: str) -> tuple[str, str]:
    """Path and query; of a target that is no address the path is empty."""
    try:
        url = urlsplit(target)
    except ValueError:  # a bracket that opens no IPv6 address
        return "", ""
    return url.path, url.query
