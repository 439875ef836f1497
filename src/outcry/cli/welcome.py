"""What `outcry up` prints when all is ready: where everything is, and a first order."""

from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from outcry.cli.data_folder import Addresses

_DURABLE = {
    "disk": "every order is on disk before anyone acts on it",
    "process": "survives kills of processes, not a loss of power",
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
) -> None:
    """A table of addresses and an order to try."""
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
    console.print("A first order, and the same from the command line:")
    order = '{"symbol":"AAPL","side":"buy","type":"limit","quantity":"10","price":"189.50"}'
    console.print(Text(f"  curl -X POST {addresses.http_url}/order -d '{order}'"), soft_wrap=True)
    console.print(Text("  outcry order buy 10 AAPL --limit 189.50"))
    console.print("Ctrl-C stops all of it; the next start goes on from here.", style="dim")
