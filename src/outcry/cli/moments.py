"""Times that people write."""

from datetime import UTC, datetime

from outcry.cli.failed import ExitCode, Failed

SECOND_NS = 1_000_000_000


def moment_ns(text: str, option: str) -> int:
    """Nanoseconds since 1970 of a time as people write it; UTC unless it says. Raises Failed."""
    try:
        then = datetime.fromisoformat(text)
    except ValueError as error:
        raise Failed(
            f"{option} {text} is no time: write 2026-01-31 or 2026-01-31T16:00:00", ExitCode.USAGE
        ) from error
    then = then if then.tzinfo else then.replace(tzinfo=UTC)
    return int(then.replace(microsecond=0).timestamp()) * SECOND_NS + then.microsecond * 1000
