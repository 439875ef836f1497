"""What `outcry up` prints when all is ready: where everything is, and a first order."""

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from outcry.cli.data_folder import Addresses
from outcry.cli.gateway_client import Gateway
from outcry.cli.operator import Bus

_DURABLE = {
    "disk": "every order is on disk before anyone acts on it",
    "process": "survives kills of processes, not a loss of power",
    "unchecked": "what NATS keeps, and nobody looks",
}


def show_welcome(
    console: Console,
    addresses: Addresses,
    *,
    guest_url: str,
    folder: Path,
    durability: str,
    log_id: str,
    embedded: bool,
    key: str,
) -> None:
    """A table of addresses and an order to try, by `key`, that of the demo market.

    Without one it shows how to make a market of one's own.
    """
    rows = {
        "HTTP": addresses.http_url,
        "API docs": f"{addresses.http_url}/docs",
        "WebSocket order entry": f"{addresses.http_url.replace('http', 'ws', 1)}/ws",
        "WebSocket stream": addresses.ws_url,
        "NATS": guest_url if embedded else f"{guest_url} (yours)",
        "NATS monitoring": addresses.nats_monitor_url or "none",
        "data folder": str(folder.resolve()),
        "durability": f"{durability}: {_DURABLE[durability]}",
        "log": log_id,
    }
    table = Table(box=box.ROUNDED, show_header=False, border_style="dim", title_justify="left")
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in rows.items():
        table.add_row(name, Text(value, style="cyan" if "://" in value else ""))
    console.print(Text("Open Outcry is open.", style="bold green"))
    console.print(table)
    if key:
        console.print(Text.assemble("Key of the account demo: ", (key, "bold")), soft_wrap=True)
    console.print("A first order, and the same from the command line:")
    for line in first_steps(addresses.http_url, folder, key):
        console.print(Text(f"  {line}"), soft_wrap=True)
    console.print("Ctrl-C stops all of it; the next start goes on from here.", style="dim")


def first_steps(http_url: str, folder: Path, key: str) -> Iterator[str]:
    """Commands to try, as they have to be typed here; without a key first those that make one."""
    outcry = _typed()
    usual = folder == Bus().data_dir
    if not key:
        where = "" if usual else f" --data-dir {folder}"
        yield f"{outcry} instrument list AAPL --tick 0.01{where}"
        yield f"{outcry} account open demo{where}"
        yield f"{outcry} account deposit demo 10000{where}"
        yield f"KEY=$({outcry} keys create --account demo{where})"
    shown = key or "$KEY"
    yield first_order(http_url, shown)
    where = "" if http_url == Gateway().url else f" --url {http_url}"
    told = "" if key and usual else f" --key {shown}"
    yield f"{outcry} order buy 10 AAPL --limit 189.50{where}{told}"


def first_order(http_url: str, key: str) -> str:
    """The order that everybody begins with."""
    order = '{"symbol":"AAPL","side":"buy","type":"limit","quantity":"10","price":"189.50"}'
    return f"curl -X POST {http_url}/order -H \"Authorization: Bearer {key}\" -d '{order}'"


def _typed() -> str:
    """How this program is called here: by its name alone only where that leads to it."""
    called = Path(sys.argv[0])
    found = shutil.which("outcry")
    ours = called.name == "outcry" and not (found and Path(found).samefile(called))
    return str(called) if ours else "outcry"
