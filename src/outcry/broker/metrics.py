"""What /metrics shows of the broker; everything is counted by the batch."""

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from outcry.broker.rows import Batch

LATENCIES_S = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
SIZES = (1, 3, 10, 30, 100, 300, 1_000, 3_000, 10_000)


class Metrics:
    def __init__(self, registry: CollectorRegistry) -> None:
        self.registry = registry
        self._executions = Counter(
            "outcry_broker_executions", "Executions that were booked.", registry=registry
        )
        self._rejects = Counter(
            "outcry_broker_rejects", "Rejections, by reason.", ["reason"], registry=registry
        )
        self._trades = Counter(
            "outcry_broker_trades", "Trades that were booked.", registry=registry
        )
        self._batch = Histogram(
            "outcry_broker_batch_executions",
            "Executions that were booked in one transaction.",
            buckets=SIZES,
            registry=registry,
        )
        self._commit = Histogram(
            "outcry_broker_commit_seconds",
            "Time to read, book and commit the executions of one transaction.",
            buckets=LATENCIES_S,
            registry=registry,
        )
        self._reads = Histogram(
            "outcry_broker_read_seconds",
            "Time to answer a question, with the wait for `min_seq`.",
            ["question"],
            buckets=LATENCIES_S,
            registry=registry,
        )
        self._errors = Counter(
            "outcry_broker_read_errors",
            "Questions that were not answered, by code.",
            ["code"],
            registry=registry,
        )

    def booked(self, batch: Batch, seconds: float) -> None:
        self._executions.inc(batch.executions)
        self._trades.inc(len(batch.trades))
        for reason, count in batch.rejects.items():
            self._rejects.labels(reason).inc(count)
        self._batch.observe(batch.executions)
        self._commit.observe(seconds)

    def answered(self, question: str, seconds: float) -> None:
        self._reads.labels(question).observe(seconds)

    def refused(self, code: str) -> None:
        self._errors.labels(code).inc()

    def show(self, name: str, text: str, value: Callable[[], float]) -> None:
        """Show what `value` gives when somebody asks."""
        Gauge(f"outcry_broker_{name}", text, registry=self.registry).set_function(value)
