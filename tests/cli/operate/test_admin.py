"""Where admin commands enter."""

import json
from pathlib import Path

import pytest

from outcry.cli.__main__ import main
from outcry.cli.failed import ExitCode
from tests.cli.admin_gateway import AdminGateway


def test_a_gateway_takes_them_by_an_admin_key_alone(
    at: AdminGateway, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a key the command line does not even ask; with one of another role it is refused."""
    monkeypatch.delenv("OUTCRY_KEY", raising=False)
    assert main(["market", "kill", "--url", at.url]) == ExitCode.USAGE
    assert "--key or OUTCRY_KEY" in capsys.readouterr().err
    at.outcry("keys", "create", "--account", "demo", "--json")
    key = json.loads(capsys.readouterr().out)["key"]
    assert main(["market", "kill", "--url", at.url, "--key", key]) == ExitCode.REFUSED
    assert "not_allowed" in capsys.readouterr().out


def test_without_an_exchange_it_says_what_to_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """On a data folder on which nothing runs."""
    assert main(["market", "kill", f"--data-dir={tmp_path}"]) == ExitCode.UNREACHABLE
    assert "outcry up" in capsys.readouterr().err
