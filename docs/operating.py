"""The sections of operating.md: options with their environment variables, and defaults."""

from collections.abc import Iterator
from dataclasses import MISSING, Field, fields
from enum import Enum
from functools import partial
from pathlib import Path
from typing import Annotated, Any, get_args, get_origin, get_type_hints

from cyclopts import Parameter

from docs.sections import Document
from docs.tables import code, said, table
from outcry.cli.__main__ import FAMILIES, LOOK, OPERATE, RUN, TRADE
from outcry.cli.gateway_client import Gateway
from outcry.cli.operate.admin import Admin
from outcry.runtime import settings
from outcry.runtime.settings import Settings


def commands() -> str:
    """Every command of the command line, and what it does."""
    rows = [(code(f"outcry {name}"), text) for name, _, text in (*RUN, *TRADE, *LOOK, *OPERATE)]
    rows += [
        (code(f"outcry {family.name} {name}"), text)
        for family in FAMILIES
        for name, _, text in family.commands
    ]
    return table(("command", "does"), rows)


def of_service(service: type[Settings]) -> str:
    """The options of one service that not all of them have."""
    shared = {field.name for field in fields(Settings)}
    return options(service, without=shared)


def options(owner: type, *, without: set[str] | None = None, named: bool = True) -> str:
    """The options that a class of settings is on the command line.

    named: each of them is read from OUTCRY_<NAME> too.
    """
    meanings, types = said(owner), get_type_hints(owner, include_extras=True)
    rows = []
    for field in fields(owner):
        if field.name in (without or ()):
            continue
        variables = list(_variables(types[field.name]))
        if named and (own := f"OUTCRY_{field.name.upper()}") not in variables:
            variables.append(own)
        option = code(*_options(field))
        rows.append((option, code(*variables), _default(field), meanings[field.name]))
    return table(("option", "environment", "default", "meaning"), rows)


def _options(field: "Field[Any]") -> Iterator[str]:
    name = field.name.replace("_", "-")
    yield f"--{name}"
    if field.default is True:
        yield f"--no-{name}"


def _variables(told: Any) -> Iterator[str]:
    """Variables that an option names itself: the first one that is set counts."""
    if get_origin(told) is Annotated:
        for parameter in get_args(told)[1:]:
            if isinstance(parameter, Parameter):
                yield from parameter.env_var or ()


def _default(field: "Field[Any]") -> str:
    default = field.default
    if isinstance(default, bool):
        return "on" if default else "off"
    value = default.value if isinstance(default, Enum) else default
    return "" if value in ("", None, MISSING) else code(value)


OPERATING = Document(
    Path(__file__).with_suffix(".md"),
    {
        "commands": commands,
        "options-up": partial(options, settings.UpSettings),
        "options-services": partial(options, Settings),
        "options-gateway": partial(of_service, settings.GatewaySettings),
        "options-order-service": partial(of_service, settings.OrderServiceSettings),
        "options-broker-service": partial(of_service, settings.BrokerServiceSettings),
        "options-trade-stream-service": partial(of_service, settings.TradeStreamServiceSettings),
        "options-client": partial(options, Gateway, named=False),
        "options-operator": partial(options, Admin, named=False),
    },
)
