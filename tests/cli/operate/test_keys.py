"""Keys from the command line."""

import json

import pytest

from outcry.cli.failed import ExitCode
from outcry.wire.keys import hash_secret, parse_key
from tests.cli.admin_gateway import AdminGateway


def test_a_key_is_printed_once_and_its_secret_never_leaves(
    at: AdminGateway, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is entered is its hash; what is printed is all of it, and nothing else."""
    words = ("keys", "create", "--account", "demo", "--account", "bob", "--name", "a bot")
    assert at.outcry(*words) == ExitCode.OK
    (line,) = capsys.readouterr().out.splitlines()
    key = parse_key(line)
    assert key is not None
    (command,) = at.asked
    assert command["hash"] == hash_secret(key.secret)
    assert command["accounts"] == ["demo", "bob"]
    assert key.secret not in json.dumps(command)


def test_a_key_that_is_refused_is_not_printed(
    at: AdminGateway, capsys: pytest.CaptureFixture[str]
) -> None:
    """A key to an account that is not there is none."""
    assert at.outcry("keys", "create", "--account", "nobody") == ExitCode.REFUSED
    told = capsys.readouterr().out
    assert "unknown_account" in told
    assert "ook_" not in told


def test_a_key_is_revoked_by_its_id_or_by_all_of_it(
    at: AdminGateway, capsys: pytest.CaptureFixture[str]
) -> None:
    """Once; who tries again is told so."""
    for part in (slice(None), slice(4, 20)):
        at.outcry("keys", "create", "--account", "demo", "--json")
        text = json.loads(capsys.readouterr().out)["key"]
        assert at.outcry("keys", "revoke", text[part]) == ExitCode.OK
        assert at.outcry("keys", "revoke", text[part]) == ExitCode.REFUSED
        assert "key_revoked" in capsys.readouterr().out


def test_all_keys_are_listed_with_what_each_is_for(
    at: AdminGateway, capsys: pytest.CaptureFixture[str]
) -> None:
    """However many pages they take; one that was revoked is told apart from those that are good."""
    at.outcry("keys", "create", "--account", "demo", "--account", "bob", "--name", "a bot")
    text = capsys.readouterr().out.strip()
    at.outcry("keys", "revoke", text)
    capsys.readouterr()
    assert at.outcry("keys", "list") == ExitCode.OK
    head, admin, bot = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert head == ["key", "id", "name", "role", "for", "accounts", "state"]
    assert admin == [at.key[4:20], "tests", "admin", "every", "one", "good"]
    assert bot == [text[4:20], "a", "bot", "trade", "demo", "bob", "revoked"]
