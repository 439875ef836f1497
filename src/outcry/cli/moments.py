"""Times that people write."""

from datetime import UTC, date, datetime, timedelta

from outcry.cli.failed import ExitCode, Failed

SECOND_NS = 1_000_000_000
DAY_S = 86_400


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


def last_moment_ns(text: str, option: str) -> int:
    """The same of a last time; of a day alone it is the end, in UTC. Raises Failed."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return moment_ns(text, option)
    begin = datetime(day.year, day.month, day.day, tzinfo=UTC)
    return (int(begin.timestamp()) + DAY_S) * SECOND_NS


def moment_text(ts_ns: object) -> str:
    """ "2026-01-31 16:00:00 UTC" of nanoseconds since 1970; of an end of a day that day, at 24:00,
    as people say it."""
    seconds, rest = divmod(int(str(ts_ns)), SECOND_NS)
    then = datetime.fromtimestamp(seconds, UTC)
    if seconds % DAY_S == rest == 0 and seconds:
        return f"{then - timedelta(days=1):%F} 24:00:00 UTC"
    return f"{then:%F %T} UTC"
