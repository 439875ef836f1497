"""The command line as a whole."""

import subprocess
import sys
from collections.abc import Iterator

import pytest
from cyclopts import App

from outcry.cli.__main__ import FAMILIES, LOOK, OPERATE, RUN, TRADE, main, make_app
from outcry.cli.failed import ExitCode

SERVICES = {
    "gateway": "gateway",
    "order_service": "orders",
    "trade_stream_service": "stream",
    "broker_service": "broker",
}


def outcry(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "outcry.cli", *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={"COLUMNS": "100", "PATH": ""},
    )


def test_help_names_every_command() -> None:
    """`outcry --help` says what there is."""
    shown = outcry("--help").stdout
    for command in ("up", "gateway", "order", "cancel", "book", "watch", "instrument", "replay"):
        assert f"│ {command} " in shown


@pytest.mark.parametrize(
    ("command", "variables"),
    [
        ("gateway", ("OUTCRY_HTTP_PORT", "NATS_URL", "NATS_MONITOR_URL", "OUTCRY_DURABILITY")),
        ("broker-service", ("OUTCRY_DATABASE_URL", "OUTCRY_BROKER_SERVICE_OPS_PORT")),
        ("up", ("OUTCRY_DATA_DIR", "OUTCRY_WS_PORT", "OUTCRY_LOCKSTEP")),
    ],
)
def test_help_shows_the_environment_variable_of_each_option(
    command: str, variables: tuple[str, ...]
) -> None:
    """Whatever a service takes can be set from its environment, and --help says how."""
    shown = outcry(command, "--help").stdout
    assert all(variable in shown for variable in variables)


def test_every_option_says_what_it_is() -> None:
    """No argument of any command stands in --help without a word."""
    silent = [
        f"{name} {argument.name}"
        for name, command in _commands()
        for argument in command.assemble_argument_collection(parse_docstring=True)
        if argument.show and not argument.parameter.help
    ]
    assert not silent


def _commands() -> Iterator[tuple[str, App]]:
    app = make_app()
    families = ((app[family.name], family.commands) for family in FAMILIES)
    for group, commands in ((app, (*RUN, *TRADE, *LOOK, *OPERATE)), *families):
        for name, _, _ in commands:
            yield f"{group.name[0]} {name}", group[name]


def test_help_of_orders_has_an_example_of_each_kind(capsys: pytest.CaptureFixture[str]) -> None:
    """Of those that take several options together."""
    main(["order", "--help"])
    told = " ".join(capsys.readouterr().out.split())
    for example in ("AAPL --stop 180, with --limit 179", "--trail 2", "--oco --limit 200 --stop"):
        assert example in told
    assert "--take-profit 200 --stop-loss" in told


def test_help_shows_a_variable_once() -> None:
    """The variable that an option names itself is not told again as OUTCRY_<OPTION>."""
    told = outcry("up", "--help").stdout
    assert told.startswith("Usage: outcry up")
    shown = " ".join(told.replace("│", " ").split())
    assert "[env var: OUTCRY_NATS_URL, NATS_URL]" in shown


@pytest.mark.parametrize("option", ["--log-level", "--log-format", "--durability"])
def test_a_value_that_is_none_of_an_option_is_a_usage_error(option: str) -> None:
    """Of an option with a few values the error names them; nothing has started."""
    ended = outcry("up", option, "loud")
    assert ended.returncode == ExitCode.USAGE
    assert "Choose from" in ended.stderr


def test_what_is_not_understood_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    """A wrong command line ends with exit code 2."""
    assert main(["order", "lend", "10", "AAPL"]) == ExitCode.USAGE
    assert "lend" in capsys.readouterr().err


def test_an_exchange_that_is_not_there_is_told_in_one_line() -> None:
    """Without a gateway a command says what to do, and ends with exit code 3."""
    ended = outcry("orders", "--url", "http://127.0.0.1:9")
    assert ended.returncode == ExitCode.UNREACHABLE
    assert ended.stderr.count("\n") == 1
    assert "outcry up" in ended.stderr


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_is_alone_in_its_process(service: str) -> None:
    """A service's process loads no other service and none of the client commands."""
    code = (
        "import sys\n"
        "from outcry.cli.__main__ import make_app\n"
        f"make_app().parse_args(['{service.replace('_', '-')}'])\n"
        "print('rich' in sys.modules)\n"
        f"import outcry.{SERVICES[service]}.__main__\n"
        "print(*sys.modules)"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    draws, loaded = ran.stdout.splitlines()
    others = set(SERVICES.values()) - {SERVICES[service]}
    assert draws == "False"
    assert not {f"outcry.{other}.__main__" for other in others} & set(loaded.split())
    assert not {"outcry.cli.up", "outcry.cli.tables", "httpx"} & set(loaded.split())
