"""The command `outcry`.

Nothing of a command is imported before it runs: `outcry --help` is quick, and a service's process
holds that service alone.
"""

import sys

from cyclopts import App, CycloptsError, Group
from cyclopts.config import Env

from outcry.cli.failed import ExitCode, Failed

INTERRUPTED = 130

_RUN = Group("Run it", sort_key=1)
_TRADE = Group("Trade", sort_key=2)
_LOOK = Group("Look", sort_key=3)
_OPERATE = Group("Operate", sort_key=4)


def make_app() -> App:
    """All commands; those that run something take each option from OUTCRY_<OPTION> too."""
    app = App(
        name="outcry",
        help="Open Outcry: a self-hosted exchange. Start with `outcry up`.",
        exit_on_error=False,
        print_error=True,
        help_format="markdown",
    )
    app.register_install_completion_command(add_to_startup=False, show=False)
    environment = Env("OUTCRY_", command=False)
    for name, target, text in (
        ("up", "up:up", "The whole exchange on this machine: NATS and the four services."),
        ("gateway", "services:gateway", "Takes orders over HTTP and WebSocket."),
        ("order-service", "services:order_service", "Matches orders."),
        ("trade-stream-service", "services:trade_stream_service", "Shows every completion live."),
        ("broker-service", "services:broker_service", "Keeps the books in SQL."),
    ):
        path = f"outcry.cli.{target}"
        app.command(path, name=name, group=_RUN, help=text, config=environment)
    for group, name, target, text in (
        (_TRADE, "order", "order_entry:order", "Buy or sell."),
        (_TRADE, "cancel", "order_entry:cancel", "Cancel what is open of an order."),
        (_TRADE, "replace", "order_entry:replace", "Change quantity or price of an open order."),
        (_LOOK, "book", "book_view:book", "The book of an instrument, as a ladder."),
        (_LOOK, "orders", "reads:orders", "Orders, the newest first."),
        (_LOOK, "trades", "reads:trades", "Trades, the newest first."),
        (_LOOK, "positions", "reads:positions", "What each account bought and sold."),
        (_LOOK, "instruments", "reads:instruments", "What can be traded, in which steps."),
    ):
        app.command(f"outcry.cli.{target}", name=name, group=group, help=text)
    return app


def main() -> int:
    """Run the command line of this process; gives the exit code."""
    try:
        result = make_app()(result_action="return_value")
    except CycloptsError:
        return ExitCode.USAGE
    except Failed as failed:
        print(f"outcry: {failed}", file=sys.stderr)
        return failed.code
    except KeyboardInterrupt:
        return INTERRUPTED
    return result if isinstance(result, int) else 0


if __name__ == "__main__":
    sys.exit(main())
