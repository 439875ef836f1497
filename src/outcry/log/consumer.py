"""What a reader asks of JetStream, and what it reads from a delivery."""

import secrets
from typing import Any, NamedTuple

HEARTBEAT_S = 0.5
ABANDONED_S = 5
"""After so long without its reader the server drops a consumer,"""
ABANDONED_SHOWN_S = 30
"""or one whose lag people look at."""
ACK_WAIT_S = 3600
"""What is read but not acknowledged is not sent again meanwhile: it would only be ignored."""

_NS = 1_000_000_000
_V1_TOKENS = 9


class Delivery(NamedTuple):
    """What the reply subject of a delivered message tells; `nth` of its consumer's, from 1."""

    prefix: str  # "$JS.ACK.<stream>.<consumer>", with domain and account before in newer servers
    seq: int
    nth: int
    ts_ns: int

    def ack_subject(self, seq: int) -> str:
        """Where to acknowledge everything up to `seq`, an entry this consumer has delivered.

        The consumer's own number of `seq` follows from this delivery: a stream without gaps.
        """
        return f"{self.prefix}.1.{seq}.{self.nth - (self.seq - seq)}.{self.ts_ns}.0"


def parse_delivery(reply: str) -> Delivery:
    """Exact where nats-py's metadata cuts the time to microseconds; takes both known forms."""
    tokens = reply.split(".")
    at = 5 if len(tokens) == _V1_TOKENS else 7
    seq, nth, ts_ns = tokens[at : at + 3]
    return Delivery(".".join(tokens[: at - 1]), int(seq), int(nth), int(ts_ns))


def consumer_name(reader: str) -> str:
    """Readable in the server's monitoring, and of this one consumer only."""
    return f"{reader or 'reader'}-{secrets.token_hex(4)}"


def consumer_request(
    stream: str, name: str, inbox: str, next_seq: int, *, acknowledge: bool
) -> dict[str, Any]:
    """The body of a request for a push consumer that lives in memory and begins at `next_seq`."""
    config = {
        "name": name,
        "deliver_subject": inbox,
        "deliver_policy": "by_start_sequence",
        "opt_start_seq": next_seq,
        "ack_policy": "all" if acknowledge else "none",
        "replay_policy": "instant",
        "flow_control": True,
        "idle_heartbeat": int(HEARTBEAT_S * _NS),
        "inactive_threshold": (ABANDONED_SHOWN_S if acknowledge else ABANDONED_S) * _NS,
        "mem_storage": True,
        "num_replicas": 1,
    }
    if acknowledge:
        config |= {"max_ack_pending": -1, "ack_wait": ACK_WAIT_S * _NS}
    return {"stream_name": stream, "config": config, "action": "create"}
