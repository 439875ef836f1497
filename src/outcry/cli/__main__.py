"""The command `outcry`.

Nothing of a command is imported before it runs: `outcry --help` is quick, and a service's process
holds that service alone.
"""

import sys
from collections.abc import Sequence
from enum import Enum
from typing import TYPE_CHECKING, Any, NamedTuple

from cyclopts import App, CycloptsError, Group, Parameter
from cyclopts.config import Env
from cyclopts.help import DefaultFormatter, HelpPanel

from outcry import __version__
from outcry.cli.failed import ExitCode, Failed

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions

INTERRUPTED = 130

Commands = tuple[tuple[str, str, str], ...]
"""Name, where it is, and what it does in one line."""

RUN: Commands = (
    ("up", "up:up", "The whole exchange on this machine: NATS and the four services."),
    ("gateway", "services:gateway", "One service: takes orders over HTTP and WebSocket."),
    ("order-service", "services:order_service", "One service: matches orders."),
    (
        "trade-stream-service",
        "services:trade_stream_service",
        "One service: shows every completion live.",
    ),
    ("broker-service", "services:broker_service", "One service: keeps the books in SQL."),
    ("demo", "demo:demo", "Opens the demo market where services run one by one."),
)
TRADE: Commands = (
    ("order", "order_entry:order", "Buy or sell."),
    ("replace", "order_entry:replace", "Change quantity or price of an open order."),
    ("cancel", "order_entry:cancel", "Cancel what is open of an order, or of all."),
)
LOOK: Commands = (
    ("book", "book_view:book", "The book of an instrument, as a ladder."),
    ("watch", "watch:watch", "Every completion as it happens."),
    ("orders", "reads:orders", "Orders, the newest first."),
    ("status", "order_status:status", "What became of one order."),
    ("trades", "reads:trades", "Trades, the newest first."),
    ("positions", "reads:positions", "What each account holds."),
    ("accounts", "accounts:accounts", "Accounts, with their cash."),
    ("activities", "accounts:activities", "What changed an account: trades, fees, transfers."),
    ("audit", "accounts:audit", "Admin commands, and by which key they came."),
    ("instruments", "reads:instruments", "What can be traded: steps, fees, kill switches."),
)
OPERATE: Commands = (
    (
        "verify",
        "verify.command:verify",
        "Execute the log again and check all that follows from it.",
    ),
    (
        "reconcile",
        "books.reconcile:reconcile",
        "Compare the ledger with the engine, account by account.",
    ),
    ("statement", "books.statement:statement", "What happened to an account, as CSV."),
    ("backup", "backup.command:backup", "Put the whole venue into a folder."),
    ("restore", "backup.command:restore", "Make a data folder of a backup."),
    ("upgrade", "upgrade:upgrade", "Mark where the next version of the engine goes on."),
    ("replay", "replay.command:replay", "Send a day of a market through it and check each answer."),
)


class Family(NamedTuple):
    """Commands that share a first word, and what they are about in one line."""

    name: str
    help: str
    commands: Commands


FAMILIES = (
    Family(
        "account",
        "Accounts: open, fund, limit, close.",
        (
            ("open", "operate.accounts:open_account", "Open an account."),
            ("set", "operate.accounts:set_account", "Set its limits and fees, and what it may do."),
            ("deposit", "operate.accounts:deposit", "Put cash into it, or shares."),
            ("withdraw", "operate.accounts:withdraw", "Take cash out of it, or shares."),
            ("restrict", "operate.accounts:restrict", "Cancels and transfers only."),
            ("activate", "operate.accounts:activate", "Let it trade again."),
            ("close", "operate.accounts:close", "Close it for ever, when it is empty."),
            ("show", "accounts:show_account", "What it has, owes and has earned."),
        ),
    ),
    Family(
        "keys",
        "Keys: who may read, trade, administer.",
        (
            ("create", "operate.keys:create", "Make a key, and print it, once."),
            ("list", "operate.keys:show_all", "The keys there are, without their secrets."),
            ("revoke", "operate.keys:revoke", "Let nobody use it any more."),
        ),
    ),
    Family(
        "instrument",
        "List, set, halt and open instruments.",
        (
            ("list", "operate.instruments:list_instrument", "List an instrument."),
            ("set", "operate.instruments:set_instrument", "Set its price band, fees and limits."),
            ("halt", "operate.instruments:halt", "Stop trading; cancels still go through."),
            (
                "cancel-only",
                "operate.instruments:cancel_only",
                "Take cancels only, before or after a halt.",
            ),
            ("open", "operate.instruments:reopen", "Take orders again."),
        ),
    ),
    Family(
        "market",
        "Limits for everybody, and kill switches.",
        (
            ("set", "operate.market:set_market", "Limits of accounts without their own."),
            ("kill", "operate.market:kill", "Cancels only: everywhere, or where you say."),
            ("release", "operate.market:release", "Take that back."),
        ),
    ),
    Family(
        "clock",
        "Time, where entries move it.",
        (("advance", "operate.market:advance", "Move the time of a lockstep exchange."),),
    ),
    Family(
        "snapshot",
        "The states from which the order service starts.",
        (
            ("list", "snapshots:show", "The snapshots there are."),
            ("verify", "snapshots:verify", "Read each of them and hold it against the log."),
            ("take", "snapshots:take", "Take one now."),
        ),
    ),
    Family(
        "archive",
        "The beginning of the log, outside of NATS.",
        (
            ("run", "archive:run", "Move what is before the newest snapshot there, now."),
            ("list", "archive:show", "Its files."),
            ("verify", "archive:verify", "Read all of it and check that it is whole."),
        ),
    ),
    Family(
        "books",
        "The books in SQL.",
        (("rebuild", "books.command:rebuild", "Make the books anew from the log, and compare."),),
    ),
    Family(
        "executions",
        "The log of answers.",
        (
            (
                "rebuild",
                "answers.command:rebuild",
                "Make EXECUTIONS anew from ORDERS, where it is damaged.",
            ),
        ),
    ),
)


def make_app() -> App:
    """All commands; those that run something take each option from OUTCRY_<OPTION> too."""
    app = App(
        name="outcry",
        version=__version__,
        help="Open Outcry: a self-hosted exchange. Start with `outcry up`.",
        help_format="markdown",
        help_formatter=_Help(),
        default_parameter=Parameter(show_default=_shown_default),
        exit_on_error=False,
        print_error=True,
    )
    app.register_install_completion_command()
    run = Group("Run it", sort_key=1)
    _add(app, RUN, group=run, config=Env("OUTCRY_", command=False))
    _add(app, TRADE, group=Group("Trade", sort_key=2))
    _add(app, LOOK, group=Group("Look", sort_key=3))
    operate = Group("Operate", sort_key=4)
    _add(app, OPERATE, group=operate)
    for family in FAMILIES:
        child = App(name=family.name, help=family.help, group=operate)
        _add(child, family.commands)
        app.command(child)
    return app


USAGES = {
    "order": "Usage: outcry order SIDE QUANTITY SYMBOL [OPTIONS]\n"
    "       outcry order SIDE SYMBOL --notional MONEY [OPTIONS]",
}
"""How a command is written that has two forms."""

EPILOGUES = {
    "order": """Examples:

- a stop order, and a stop-limit order: `outcry order sell 10 AAPL --stop 180`, with `--limit 179`
- a trailing stop: `outcry order sell 10 AAPL --trail 2`, or `--trail-percent 1`
- a bracket: `outcry order buy 10 AAPL --limit 189 --take-profit 200 --stop-loss 180`
- one cancels the other: `outcry order sell 10 AAPL --oco --limit 200 --stop 180`
""",
    "replace": """An exit is replaced by its own order id: what --take-profit was is its --price
there, --stop-loss its --stop, --stop-loss-limit its --stop-limit (its --price where it has no take
profit). What has no option here cannot be changed: cancel the order, and send a new one.
""",
    "cancel": """By a client order id that no open order has nothing is cancelled, and the exit
code is 1. One that no order ever had is given up with that: none that comes later can have it.
""",
}
"""What stands at the end of the help of a command."""


class _Help(DefaultFormatter):
    """As usual; a variable that an option names itself and that is OUTCRY_<OPTION> shows once."""

    def __call__(self, console: "Console", options: "ConsoleOptions", panel: HelpPanel) -> None:
        entries = [
            entry.copy(env_var=tuple(dict.fromkeys(entry.env_var or ()))) for entry in panel.entries
        ]
        super().__call__(console, options, panel.copy(entries=entries))


def _shown_default(value: object) -> object:
    """What --help says of a default; nothing of one that means "not given"."""
    if isinstance(value, Enum):
        return value.value
    return None if value in ("", False) else value


def _add(
    app: App, commands: Commands, group: Group | None = None, config: Env | None = None
) -> None:
    for number, (name, target, text) in enumerate(commands):
        path = f"outcry.cli.{target}"
        more: dict[str, Any] = {"help_epilogue": EPILOGUES.get(name), "usage": USAGES.get(name)}
        app.command(path, name=name, help=text, sort_key=number, group=group, config=config, **more)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command line, that of this process if none is given; gives the exit code."""
    try:
        result = make_app()(arguments or sys.argv[1:], result_action="return_value")
    except CycloptsError:
        return ExitCode.USAGE
    except Failed as failed:
        print(f"outcry: {failed}", file=sys.stderr)
        return failed.code
    except KeyboardInterrupt:
        return INTERRUPTED
    return result if isinstance(result, int) else ExitCode.OK


if __name__ == "__main__":
    sys.exit(main())
