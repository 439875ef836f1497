"""The data folder has one owner."""

import os
import stat
from pathlib import Path

import msgspec
import pytest

from outcry.cli.data_folder import (
    KEY,
    Addresses,
    find_addresses,
    find_key,
    gateway_url,
    held_folder,
    published,
    stream_url,
)
from outcry.cli.gateway_client import Gateway
from outcry.runtime.lifecycle import Refused

ADDRESSES = Addresses("http://a", "ws://a/ws", "nats://operator:secret@a", "http://b", 7)


def test_a_folder_in_use_names_its_user(tmp_path: Path) -> None:
    """A second exchange on a folder is refused, with the process that holds it."""
    with (
        held_folder(tmp_path),
        pytest.raises(Refused, match=rf"process {os.getpid()}\).*--data-dir"),
        held_folder(tmp_path),
    ):
        pass


def test_a_folder_is_free_again_afterwards(tmp_path: Path) -> None:
    """The next exchange may have the folder; it is made where there is none."""
    for _ in range(2):
        with held_folder(tmp_path / "new" / "data"):
            pass


def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    """What the file system refuses is one line that names the option."""
    (tmp_path / "file").touch()
    with pytest.raises(Refused, match="--data-dir"), held_folder(tmp_path / "file" / "data"):
        pass


def test_addresses_are_for_the_owner_alone_and_while_it_runs(tmp_path: Path) -> None:
    """The operator's password is readable by nobody else, and gone with the exchange."""
    with published(tmp_path, ADDRESSES):
        assert find_addresses(tmp_path) == ADDRESSES
        assert stat.S_IMODE((tmp_path / "outcry.json").stat().st_mode) == 0o600
    assert find_addresses(tmp_path) is None


def test_a_damaged_file_is_as_none(tmp_path: Path) -> None:
    """Addresses that cannot be read are not there."""
    (tmp_path / "outcry.json").write_text('{"http_url": 1}')
    assert find_addresses(tmp_path) is None


def test_what_a_killed_exchange_left_is_removed(tmp_path: Path) -> None:
    """Addresses of an exchange that was killed lead nobody astray once the next one starts."""
    (tmp_path / "outcry.json").write_bytes(msgspec.json.encode(ADDRESSES))
    with held_folder(tmp_path):
        assert find_addresses(tmp_path) is None


def test_the_key_is_found_for_its_own_exchange_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody is sent the key of the data folder but who runs on it, by whatever name of here."""
    monkeypatch.setenv("OUTCRY_DATA_DIR", str(tmp_path))
    (tmp_path / KEY).write_text("ook_x\n")
    addresses = Addresses("http://localhost:8080", "ws://localhost:8081/ws", "nats://a", "", 7)
    assert find_key("http://localhost:8080") == ""
    with published(tmp_path, addresses):
        for url in ("http://localhost:8080", "http://127.0.0.1:8080/", "ws://localhost:8081/ws"):
            assert find_key(url) == "ook_x"
        for url in ("http://localhost:9080", "http://example.org:8080", "http://x:y", ""):
            assert find_key(url) == ""
    assert find_key("http://localhost:8080") == ""


def test_the_exchange_of_the_data_folder_is_asked_where_no_address_is_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On whatever ports it runs; else one on the usual ports."""
    monkeypatch.setenv("OUTCRY_DATA_DIR", str(tmp_path))
    addresses = Addresses("https://localhost:9080", "wss://localhost:9081/ws", "nats://a", "", 7)
    with published(tmp_path, addresses):
        assert (Gateway().url, stream_url()) == (addresses.http_url, addresses.ws_url)
    assert Gateway().url == gateway_url() == "http://localhost:8080"
    assert stream_url() == "ws://localhost:8081/ws"
