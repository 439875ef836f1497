"""The operator's commands: instruments, accounts, the clock. They go into the log over NATS."""

from typing import Annotated, Literal

import msgspec
from cyclopts import Parameter

from outcry.cli.errand import carry_out
from outcry.cli.failed import ExitCode
from outcry.cli.operator import Bus, Json, operator_at
from outcry.cli.tables import print_json
from outcry.cli.ticket import show_ticket
from outcry.wire.messages import ExecutionMessage

_NS = 1_000_000_000


Symbol = Annotated[str, Parameter(help="Of which instrument, as in AAPL.")]


def instrument_list(
    symbol: str,
    /,
    *,
    tick: str,
    lot: str = "",
    name: str = "",
    min_quantity: str = "",
    max_quantity: str = "",
    max_price: str = "",
    json: Json = False,
    bus: Bus | None = None,
) -> int:
    """List an instrument: `outcry instrument list ACME --tick 0.01`.

    Parameters
    ----------
    symbol
        Its symbol: capital letters, digits and . / _ -
    tick
        Step of prices.
    lot
        Step of quantities; 1 when left out.
    name
        Its name for people.
    min_quantity
        The smallest order; one lot when left out.
    max_quantity
        The largest order.
    max_price
        The highest price.
    """
    return _enter(
        bus,
        json,
        "instrument.list",
        symbol=symbol.upper(),
        tick=tick,
        lot=lot,
        name=name,
        min_quantity=min_quantity,
        max_quantity=max_quantity,
        max_price=max_price,
    )


def halt(symbol: Symbol, /, *, json: Json = False, bus: Bus | None = None) -> int:
    """Halt an instrument: trading stops, cancels still go through."""
    return _enter(bus, json, "instrument.state", symbol=symbol.upper(), state="halted")


def cancel_only(symbol: Symbol, /, *, json: Json = False, bus: Bus | None = None) -> int:
    """Let an instrument's orders only be cancelled."""
    return _enter(bus, json, "instrument.state", symbol=symbol.upper(), state="cancel_only")


def reopen(symbol: Symbol, /, *, json: Json = False, bus: Bus | None = None) -> int:
    """Open an instrument again."""
    return _enter(bus, json, "instrument.state", symbol=symbol.upper(), state="open")


def account_set(
    account: str,
    /,
    *,
    self_trade_prevention: Literal["none", "cancel_newest", "cancel_oldest"],
    json: Json = False,
    bus: Bus | None = None,
) -> int:
    """Set what happens when an account would trade with itself.

    Parameters
    ----------
    account
        The account.
    self_trade_prevention
        none: it trades; cancel_newest: the order that comes in goes; cancel_oldest: the one that
        rests.
    """
    return _enter(
        bus, json, "account.set", account=account, self_trade_prevention=self_trade_prevention
    )


def clock_advance(seconds: float, /, *, json: Json = False, bus: Bus | None = None) -> int:
    """Move the time of a lockstep exchange.

    Parameters
    ----------
    seconds
        By how much.
    """
    return _enter(bus, json, "clock.advance", by=str(round(seconds * _NS)))


def _enter(bus: Bus | None, json: bool, subject: str, **fields: str) -> int:
    at = bus or Bus()
    execution = carry_out(_enter_at(at.find_url(), subject, fields))
    if json:
        print_json(msgspec.to_builtins(execution))
    else:
        show_ticket(msgspec.to_builtins(execution))
    return ExitCode.REFUSED if execution.result == "rejected" else ExitCode.OK


async def _enter_at(url: str, subject: str, fields: dict[str, str]) -> ExecutionMessage:
    async with operator_at(url) as operator:
        return await operator.enter(subject, **fields)
