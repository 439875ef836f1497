"""`outcry watch`: every completion as it happens, one line each, from the trade stream.

It comes back by itself and goes on after the last execution it saw, so that nothing is missed and
nothing shown twice; where the stream cannot do that, a line says so.
"""

import sys
import time
from collections.abc import Iterator, Mapping
from typing import Annotated, Any
from urllib.parse import urlencode

import msgspec
from cyclopts import Parameter
from rich.console import Console
from rich.text import Text
from websockets.exceptions import ConnectionClosed, InvalidStatus, InvalidURI, WebSocketException
from websockets.sync.client import connect

from outcry.cli.failed import ExitCode, Failed
from outcry.cli.gateway_client import WHERE
from outcry.cli.tables import clock_time
from outcry.cli.ticket import headline

RETRY_S = 1.0
_FRAME_MAX = 16 << 20
_OWN_CODES = 4000
"""Close codes from here on say that the stream does not have what was asked for."""

Execution = Mapping[str, Any]


class Place(msgspec.Struct, frozen=True):
    """The last execution that was seen."""

    seq: int
    log: str


def watch(
    *,
    symbol: str = "",
    account: str = "",
    trades: Annotated[bool, Parameter(negative="")] = False,
    after: int | None = None,
    ws_url: Annotated[
        str, Parameter(env_var="OUTCRY_WS_URL", group=WHERE)
    ] = "ws://localhost:8081/ws",
    json: Annotated[bool, Parameter(negative="", group=WHERE)] = False,
) -> None:
    """Every completion as it happens, until Ctrl-C.

    Parameters
    ----------
    symbol
        Only of this instrument.
    account
        Only in which this account took part.
    trades
        Only those that traded.
    after
        Begin after this seq, as far as the stream remembers.
    ws_url
        Address of the trade stream.
    json
        Print each execution as one line of JSON, as it comes.
    """
    place = None if after is None else Place(after, "")
    console = Console(highlight=False, soft_wrap=True)
    for frame in _frames(ws_url, place):
        execution = msgspec.json.decode(frame)
        if not concerns(execution, symbol.upper(), account, trades):
            continue
        if json:
            print(frame.decode(), flush=True)
        else:
            console.print(line_of(execution))


def concerns(execution: Execution, symbol: str, account: str, trades: bool) -> bool:
    """Whether it is of this instrument, this account, and traded; empty: any."""
    parts = [execution.get(name) or {} for name in ("order", "command", "instrument")]
    if symbol and symbol not in (part.get("symbol") for part in parts):
        return False
    if account and account not in (
        execution.get("account"),
        *(part.get("account") for part in (*parts, *execution.get("changed", ()))),
    ):
        return False
    return not trades or bool(execution.get("trades"))


def line_of(execution: Execution) -> Text:
    """One line: when, what became of it, what it did, and whose it was."""
    line = Text.assemble((f"{clock_time(execution.get('ts'))}  ", "dim"), headline(execution))
    order = execution.get("order") or {}
    for trade in execution.get("trades", ()):
        line.append(f"\n{'':14}trade {trade['quantity']} at {trade['price']}", style="bold cyan")
    if account := order.get("account"):
        line.append(f"  {account}", style="magenta")
    return line


def _frames(url: str, place: Place | None) -> Iterator[bytes]:
    """Frames without end, over as many connections as it takes. Raises Failed at the first try."""
    connected = False
    while True:
        try:
            for frame in _connection(url, place):
                connected = True
                if frame:
                    place = msgspec.json.decode(frame, type=Place)
                    yield frame
        except ConnectionClosed as closed:
            end = closed.rcvd
            code, reason = (end.code, end.reason) if end else (0, "connection lost")
            if code >= _OWN_CODES:
                place = None
                _say(f"{reason}; showing what is new from now on")
                continue
            _say(f"the stream ended ({reason})")
        except InvalidURI as error:
            raise Failed(f"--ws-url {url} is not an address: {error}", ExitCode.USAGE) from error
        except (OSError, WebSocketException) as error:
            if not connected and not _is_starting(error):
                raise Failed(
                    f"no trade stream answers at {url} ({error}): start the exchange with "
                    "`outcry up`, or name the right address with --ws-url or OUTCRY_WS_URL",
                    ExitCode.UNREACHABLE,
                ) from error
            _say(f"waiting for {url}")
        time.sleep(RETRY_S)


def _connection(url: str, place: Place | None) -> Iterator[bytes]:
    """An empty frame once it stands, then its frames."""
    if place is not None:
        asked = {"after": place.seq, "log": place.log} if place.log else {"after": place.seq}
        url = f"{url}?{urlencode(asked)}"
    with connect(url, compression=None, max_size=_FRAME_MAX, proxy=None) as socket:
        yield b""
        while True:
            yield socket.recv(decode=False)


def _is_starting(error: Exception) -> bool:
    return isinstance(error, InvalidStatus) and error.response.status_code == 503


def _say(text: str) -> None:
    print(f"outcry: {text}", file=sys.stderr, flush=True)
