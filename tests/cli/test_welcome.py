"""What is shown when the exchange is open."""

import io
from pathlib import Path

import pytest
from rich.console import Console

from outcry.cli.data_folder import Addresses
from outcry.cli.welcome import first_steps, show_welcome
from outcry.runtime.settings import Durability


def test_the_usual_addresses_need_no_options() -> None:
    """On the usual ports and folder the commands are those of the README."""
    curl, order = first_steps("http://localhost:8080", Path("data"), listed=True)
    assert curl.startswith("curl -X POST http://localhost:8080/order -d ")
    assert order == "outcry order buy 10 AAPL --limit 189.50"


def test_the_commands_lead_to_this_exchange() -> None:
    """On other ports and another folder they name them; what is not listed is listed first."""
    listing, _, order = first_steps("http://localhost:9080", Path("/srv/market"), listed=False)
    assert listing == "outcry instrument list AAPL --tick 0.01 --data-dir /srv/market"
    assert order == "outcry order buy 10 AAPL --limit 189.50 --url http://localhost:9080"


def test_the_command_is_named_as_it_can_be_typed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """`make run` starts a program that is not on the PATH: its path is part of the command."""
    program = tmp_path / "outcry"
    program.touch(mode=0o755)
    monkeypatch.setattr("sys.argv", [str(program), "up"])
    for folder, shown in (("", str(program)), (str(tmp_path), "outcry")):
        monkeypatch.setenv("PATH", folder)
        *_, order = first_steps("http://localhost:8080", Path("data"), listed=True)
        assert order.split()[0] == shown


@pytest.mark.parametrize("durability", Durability)
def test_what_an_acknowledged_order_survives_is_told(
    durability: Durability, tmp_path: Path
) -> None:
    """Whatever was asked for is named, and said in words."""
    console = Console(record=True, width=120, file=io.StringIO())
    addresses = Addresses(
        http_url="http://localhost:8080",
        ws_url="ws://localhost:8081/ws",
        nats_url="nats://localhost:4222",
        nats_monitor_url="http://localhost:8222",
        pid=1,
    )
    show_welcome(
        console,
        addresses,
        guest_url="nats://localhost:4222",
        folder=tmp_path,
        durability=durability.value,
        log_id="5a17ed0c0ffee",
        embedded=True,
        demo=True,
    )
    assert f"{durability.value}: " in console.export_text()
