"""An order service of the next version of the engine, whose new rule is to list 2 instruments at
most. A program of its own: it stands by itself, whatever folder it is started in."""

import sys

from cyclopts import App
from cyclopts.config import Env

from outcry.cli.supervised import end_with_supervisor
from outcry.domain.limits import VERSION, Bounds
from outcry.orders.__main__ import NAME, serve
from outcry.runtime.lifecycle import run
from outcry.runtime.observe import configure_logging
from outcry.runtime.settings import OrderServiceSettings

NEXT = Bounds(version=str(int(VERSION) + 1), instruments=2)


def main(settings: OrderServiceSettings | None = None) -> int:
    end_with_supervisor()
    chosen = settings or OrderServiceSettings()
    configure_logging(NAME, chosen.log_format, chosen.log_level)
    return run(lambda stop: serve(chosen, stop, NEXT))


if __name__ == "__main__":
    app = App(config=Env("OUTCRY_", command=False))
    app.default(main)
    sys.exit(app(result_action="return_value"))
