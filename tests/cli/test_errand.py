"""What a command says when its work cannot be done."""

from pathlib import Path

import pytest

from outcry.cli.errand import carry_out
from outcry.cli.failed import ExitCode, Failed
from outcry.log.log import LogError
from outcry.runtime.lifecycle import Refused


@pytest.mark.parametrize("error", [LogError("no room"), Refused("no room")])
def test_what_was_refused_is_one_line(error: Exception) -> None:
    """What log and services refuse they word themselves; the exit code says that it was refused."""

    async def work() -> None:
        raise error

    with pytest.raises(Failed, match=r"^no room$") as failed:
        carry_out(work())
    assert failed.value.code is ExitCode.REFUSED


def test_a_file_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    """What the file system refuses comes with the name of the file."""

    async def work() -> None:
        (tmp_path / "none").read_bytes()

    with pytest.raises(Failed, match=r"No such file or directory: .*/none"):
        carry_out(work())


def test_a_defect_is_not_worded() -> None:
    """What nobody expects keeps its traceback."""

    async def work() -> int:
        return int("a")

    with pytest.raises(ValueError, match="invalid literal"):
        carry_out(work())
