"""What is said of a refusal by what is there."""

import pytest

from outcry.domain.refusals import expired, over

NOW_NS = 1_767_225_600_000_000_000


@pytest.mark.parametrize(
    ("parts", "unit"), [(1, "seconds"), (1_000, "milliseconds"), (1_000_000, "microseconds")]
)
def test_a_time_in_another_unit_is_recognised(parts: int, unit: str) -> None:
    """Of an hour ahead in seconds, as other venues take it, nobody thinks that it is long past."""
    ahead = (NOW_NS // 10**9 + 3_600) * parts
    for refusal in over(ahead, NOW_NS), expired(ahead, NOW_NS):
        assert refusal.text.endswith(
            f": that looks like {unit}, and times are in nanoseconds since 1970"
        )


def test_a_time_that_is_past_is_past() -> None:
    """One in nanoseconds is not taken for anything else, however long ago it was."""
    for ago_ns in (1, 3_600 * 10**9, NOW_NS - 1):
        assert over(NOW_NS - ago_ns, NOW_NS).text.endswith(str(NOW_NS - ago_ns))
