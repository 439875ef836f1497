"""What the order service counts, per entry and never per order."""

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from outcry.log.log import Entry

SECONDS = (1e-5, 3e-5, 1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 1e-1, 1.0)


class Metrics:
    def __init__(self, registry: CollectorRegistry) -> None:
        self.registry = registry
        self._entries = Counter(
            "outcry_orders_entries", "Entries of ORDERS that were answered.", registry=registry
        )
        self._bytes = Counter(
            "outcry_orders_answer_bytes", "Bytes of the answers.", registry=registry
        )
        self._entry_bytes = Histogram(
            "outcry_orders_entry_bytes",
            "Size of an entry.",
            buckets=[64 << n for n in range(15)],
            registry=registry,
        )
        self._apply = Histogram(
            "outcry_orders_apply_seconds",
            "Time to read, apply and answer one entry.",
            buckets=SECONDS,
            registry=registry,
        )

        self._snapshot_failures = Counter(
            "outcry_orders_snapshot_failures", "Snapshots that failed.", registry=registry
        )

    def snapshot_failed(self) -> None:
        self._snapshot_failures.inc()

    def answered(self, entry: Entry, body: bytes, seconds: float) -> None:
        self._entries.inc()
        self._bytes.inc(len(body))
        self._entry_bytes.observe(len(entry.body))
        self._apply.observe(seconds)

    def show(self, name: str, text: str, value: Callable[[], float]) -> None:
        """A gauge that is read when somebody asks."""
        Gauge(f"outcry_orders_{name}", text, registry=self.registry).set_function(value)
