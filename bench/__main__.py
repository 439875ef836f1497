"""Measures: `python -m bench` prints all figures, `python -m bench fanout` those of one module."""

import importlib
import sys

from outcry.runtime.observe import configure_logging
from outcry.runtime.settings import LogFormat, LogLevel

MODULES = ("engine", "stops", "pipeline", "fanout", "to_frame", "memory", "recovery", "takeover")


def main() -> int:
    names = sys.argv[1:] or MODULES
    unknown = [name for name in names if name not in MODULES]
    if unknown:
        print(f"bench: no {unknown[0]!r}; there are {', '.join(MODULES)}", file=sys.stderr)
        return 2
    configure_logging("bench", LogFormat.CONSOLE, LogLevel.WARNING)  # figures, not connections
    for name in names:
        print(f"\n== python -m bench {name}")
        importlib.import_module(f"bench.{name}").main()
    return 0


if __name__ == "__main__":
    sys.exit(main())
