"""What `outcry up` hands to its services."""

import os
from pathlib import Path

import pytest

from outcry.cli.__main__ import make_app
from outcry.cli.plan import BusUrls, Service, plan_services, wanted_ports
from outcry.runtime.nats_config import USERS
from outcry.runtime.settings import Durability, LogFormat, Settings, UpSettings

BUS = BusUrls(
    {user: f"nats://{user}:secret@127.0.0.1:4222" for user in USERS}, "http://127.0.0.1:8222"
)


def planned(settings: UpSettings) -> dict[str, Service]:
    ports = {option: 10_000 + number for number, option in enumerate(wanted_ports(settings))}
    services = plan_services(settings, ports, BUS, LogFormat.JSON)
    return {service.name: service for service in services}


def read_back(service: Service, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """The settings that the service's own command makes of its environment."""
    for name in list(os.environ):
        if name.startswith(("OUTCRY_", "NATS_")):
            monkeypatch.delenv(name)
    for name, value in service.environment.items():
        monkeypatch.setenv(name, value)
    _, bound, _ = make_app().parse_args([service.name])
    settings = bound.arguments["settings"]
    assert isinstance(settings, Settings)
    return settings


def test_each_service_reads_the_settings_it_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is planned for a service is what its command finds in the environment."""
    settings = UpSettings(
        data_dir=Path("/data"), host="0.0.0.0", durability=Durability.PROCESS, lockstep=True
    )
    for service in planned(settings).values():
        found = read_back(service, monkeypatch)
        assert found.host == "0.0.0.0"
        assert found.durability is Durability.PROCESS
        assert found.log_format is LogFormat.JSON
        assert found.nats_monitor_url == BUS.monitor_url
        assert getattr(found, "lockstep", True) is True


def test_each_service_is_a_user_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """No service gets the password of another, and none that of the operator."""
    urls = [read_back(service, monkeypatch).nats_url for service in planned(UpSettings()).values()]
    users = [url.removeprefix("nats://").partition(":")[0] for url in urls]
    assert sorted(users) == ["broker", "gateway", "order-service", "stream"]


def test_the_books_are_in_the_data_folder(tmp_path: Path) -> None:
    """The next `outcry up` on a folder finds the same books, wherever it is started."""
    service = planned(UpSettings(data_dir=tmp_path))["broker-service"]
    assert service.environment["OUTCRY_DATABASE_URL"] == f"sqlite:///{tmp_path}/books.db"


def test_the_archive_is_in_the_data_folder(tmp_path: Path) -> None:
    """The order service writes it, the broker reads it; the size of the log is the same for all."""
    settings = UpSettings(data_dir=tmp_path, orders_max_bytes=50_000, archive_above_bytes=20_000)
    services = planned(settings)
    folders = [
        services[name].environment["OUTCRY_ARCHIVE_DIR"]
        for name in ("order-service", "broker-service")
    ]
    assert folders == [str(tmp_path / "archive")] * 2
    order_service = services["order-service"].environment
    assert order_service["OUTCRY_ORDERS_MAX_BYTES"] == "50000"
    assert order_service["OUTCRY_ARCHIVE_ABOVE_BYTES"] == "20000"


def test_a_nats_of_the_user_needs_no_ports() -> None:
    """With --nats-url no NATS is started, so its ports may be taken."""
    wanted = wanted_ports(UpSettings(nats_url="nats://elsewhere:4222"))
    assert not [option for option in wanted if "nats" in option]


def test_operations_ports_follow_each_other() -> None:
    """--ops-port is the first of three; 0 leaves all of them to the system."""
    ports = wanted_ports(UpSettings(ops_port=9000))
    assert [port for option, port in ports.items() if "ops" in option] == [9000, 9001, 9002]
    ports = wanted_ports(UpSettings(ops_port=0))
    assert [port for option, port in ports.items() if "ops" in option] == [0, 0, 0]
