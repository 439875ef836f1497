"""What /metrics and /readyz show of the trade stream, read when somebody asks."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from outcry.runtime.settings import Durability
from outcry.stream.server import StreamServer


class StreamMetrics(Collector):
    """Reads the counts that the server keeps anyway."""

    def __init__(self, server: StreamServer) -> None:
        self._server = server

    def collect(self) -> Iterable[Metric]:
        """See Collector."""
        server, hub = self._server, self._server.hub
        for name, text, value in (
            ("clients_behind", "Clients that are not at the newest execution.", hub.behind),
            ("position", "The newest entry of EXECUTIONS that was taken.", server.position),
            ("seq", "The newest execution.", hub.position),
            ("ring_frames", "Executions that a client can resume from.", hub.ring.frames_held),
            (
                "ring_bytes",
                "Bytes of these, whole and as anybody may see them.",
                hub.ring.bytes_held,
            ),
        ):
            yield GaugeMetricFamily(f"outcry_stream_{name}", text, value)
        text = "Clients that are connected, by what they may see."
        clients = GaugeMetricFamily("outcry_stream_clients", text, labels=["view"])
        seeing = Counter(connection.view.kind for connection in server.connections)
        for kind in ("public", "own", "everything"):
            clients.add_metric([kind], seeing[kind])
        yield clients
        text = "Frames written, over all clients."
        yield CounterMetricFamily("outcry_stream_frames_sent", text, hub.deliveries)
        text = "Clients whose connection has ended, by cause."
        closed = CounterMetricFamily("outcry_stream_clients_closed", text, labels=["cause"])
        for cause, count in server.closed.items():
            closed.add_metric([cause], count)
        yield closed


def readiness(server: StreamServer, durability: Durability) -> tuple[str, dict[str, Any]]:
    """See ops.Readiness."""
    why = "" if server.ready else "the stream starts or stops"
    return why, {
        "log": server.hub.log_id or "",
        "position": server.position,
        "seq": server.hub.position,
        "digest": server.digest.hex() if server.position and server.digest else "",
        "clients": len(server.connections),
        "durability": durability.value,
    }
