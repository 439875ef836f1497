"""What the gateway counts: entries and not orders, where it can."""

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

COMMANDS = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024)
SECONDS = (5e-4, 1e-3, 2e-3, 4e-3, 8e-3, 16e-3, 32e-3, 64e-3, 128e-3, 256e-3, 1.0, 4.0)


class Metrics:
    def __init__(self, registry: CollectorRegistry) -> None:
        self.registry = registry
        self._fates = Counter(
            "outcry_gateway_commands",
            "Commands by what became of them.",
            ["fate"],
            registry=registry,
        )
        self._entry = Histogram(
            "outcry_gateway_entry_commands",
            "Commands in an entry.",
            buckets=COMMANDS,
            registry=registry,
        )
        self._stages = Histogram(
            "outcry_gateway_stage_seconds",
            "Time of an entry by stage: publish to ack (the fsync), ack to answer.",
            ["stage"],
            buckets=SECONDS,
            registry=registry,
        )
        self._publish = self._stages.labels("append")
        self._answer = self._stages.labels("answer")

    def ended(self, fate: str, commands: int) -> None:
        self._fates.labels(fate).inc(commands)

    def appended(self, commands: int, seconds: float) -> None:
        self._entry.observe(commands)
        self._publish.observe(seconds)

    def answered(self, seconds: float) -> None:
        self._answer.observe(seconds)

    def show(self, name: str, text: str, value: Callable[[], float]) -> None:
        """A gauge that is read when somebody asks."""
        Gauge(f"outcry_gateway_{name}", text, registry=self.registry).set_function(value)
