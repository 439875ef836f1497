"""`outcry watch`: every completion as it happens, one line each, from the trade stream.

It comes back by itself and goes on after the last execution it saw, so that nothing is missed and
nothing shown twice; where the stream cannot do that, a line says so.
"""

import ssl
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

from outcry.cli.data_folder import find_key, stream_url
from outcry.cli.failed import ExitCode, Failed
from outcry.cli.gateway_client import WHERE
from outcry.cli.scheme import untrusted, wrong_scheme
from outcry.cli.tables import PIPE_WIDTH, clock_time
from outcry.cli.ticket import FILLS_MAX, headline, standing

RETRY_S = 1.0
_FRAME_MAX = 16 << 20
_BODY_MIN = 20
"""Characters of a line that are for what happened, however narrow the terminal."""
_GOING_AWAY = 1001
"""Close code of a service that goes down."""
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
    ws_url: Annotated[str, Parameter(env_var="OUTCRY_WS_URL", group=WHERE)] = "",
    key: Annotated[str, Parameter(env_var="OUTCRY_KEY", group=WHERE)] = "",
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
        Address of the trade stream; left out: that of the running `outcry up`, or
        ws://localhost:8081/ws.
    key
        Your key, to see your own accounts and names; left out: the one that `outcry up` keeps in
        its data folder, at its own address.
    json
        Print each execution as one line of JSON, as it comes.
    """
    place = None if after is None else Place(after, "")
    width = None if sys.stdout.isatty() else PIPE_WIDTH
    console = Console(highlight=False, soft_wrap=True, width=width)
    url = ws_url or stream_url()
    for frame in _frames(url, place, key or find_key(url)):
        execution = msgspec.json.decode(frame)
        if not concerns(execution, symbol.upper(), account, trades):
            continue
        if json:
            print(frame.decode(), flush=True)
        else:
            for line in lines_of(console, execution):
                console.print(line)


def concerns(execution: Execution, symbol: str, account: str, trades: bool) -> bool:
    """Whether it is of this instrument, this account, and traded; empty: any."""
    parts = [execution.get(name) or {} for name in ("order", "command", "instrument")]
    if symbol and symbol not in (part.get("symbol") for part in parts):
        return False
    if account and account not in (
        execution.get("account"),
        *(part.get("account") for part in (*parts, *execution.get("changed", ()))),
        *(balance["account"] for balance in execution.get("balances", ())),
    ):
        return False
    return not trades or bool(execution.get("trades"))


def lines_of(console: Console, execution: Execution) -> Iterator[Text]:
    """When, its seq, whose, what it did and what became of it; then its trades, each on a line.

    What is too long for the console goes on below, under its beginning.
    """
    told = [headline(execution)]
    order = execution.get("order") or {}
    if order and execution["result"] != "rejected":
        told[0] = Text.assemble(told[0], "  ", standing(order))
    told += _trades(execution)
    start = Text.assemble(
        (f"{clock_time(execution.get('ts'))}  {execution['seq']}  ", "dim"),
        (f"{_account(execution):8}  ", "magenta"),
    )
    blank = Text(" " * start.cell_len)
    for text in told:
        for piece in text.wrap(console, max(console.width - start.cell_len, _BODY_MIN)):
            yield Text.assemble(start, piece)
            start = blank


def _account(execution: Execution) -> str:
    parts = (execution.get("order"), execution.get("command"), execution)
    return next((part["account"] for part in parts if part and "account" in part), "")


def _trades(execution: Execution) -> list[Text]:
    trades = execution.get("trades", ())
    changed = execution.get("changed", ())
    makers = {change["order_id"]: change.get("account", "another") for change in changed}
    told = [
        Text(
            f"traded {trade['quantity']} at {trade['price']}"
            f" with {makers.get(trade['maker_order_id'], 'another')}",
            style="bold cyan",
        )
        for trade in trades[:FILLS_MAX]
    ]
    if len(trades) > FILLS_MAX:
        told.append(Text(f"and {len(trades) - FILLS_MAX} more trades", style="dim"))
    return told


def _frames(url: str, place: Place | None, key: str) -> Iterator[bytes]:
    """Frames without end, over as many connections as it takes. Raises Failed at the first try."""
    connected, waiting = False, ""
    while True:
        try:
            for frame in _connection(url, place, key):
                if waiting:
                    _say("the stream is back")
                connected, waiting = True, ""
                if frame:
                    place = msgspec.json.decode(frame, type=Place)
                    yield frame
        except ConnectionClosed as closed:
            if closed.rcvd and closed.rcvd.code >= _OWN_CODES:
                place = None
                _say(f"{closed.rcvd.reason}; showing what is new from now on")
                continue
            waiting = _say(_ending(closed))
        except InvalidURI as error:
            raise Failed(f"--ws-url {url} is not an address: {error}", ExitCode.USAGE) from error
        except (OSError, WebSocketException) as error:
            if failed := _failed(error, url, connected):
                raise failed from error
            waiting = _say(f"waiting for {url}", waiting)
        time.sleep(RETRY_S)


def _ending(closed: ConnectionClosed) -> str:
    end = closed.rcvd
    if end and end.code == _GOING_AWAY:
        return "the stream stopped"
    return f"the stream ended ({end.reason if end else 'connection lost'})"


def _connection(url: str, place: Place | None, key: str) -> Iterator[bytes]:
    """An empty frame once it stands, then its frames."""
    if place is not None:
        asked = {"after": place.seq, "log": place.log} if place.log else {"after": place.seq}
        url = f"{url}?{urlencode(asked)}"
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    with connect(
        url, additional_headers=headers, compression=None, max_size=_FRAME_MAX, proxy=None
    ) as socket:
        yield b""
        while True:
            yield socket.recv(decode=False)


def _failed(error: Exception, url: str, connected: bool) -> Failed | None:
    """What ends it; None: it passes."""
    status = error.response.status_code if isinstance(error, InvalidStatus) else 0
    if status == 401:
        return Failed(
            "the trade stream does not know this key: give another with --key or OUTCRY_KEY, or "
            "none for what everybody sees",
            ExitCode.REFUSED,
        )
    if connected or status == 503:
        return None
    if isinstance(error, ssl.SSLCertVerificationError):
        return untrusted(url, error)
    return wrong_scheme(url, "--ws-url", error) or Failed(
        f"no trade stream answers at {url} ({error}): start the exchange with `outcry up`, or "
        "name the right address with --ws-url or OUTCRY_WS_URL",
        ExitCode.UNREACHABLE,
    )


def _say(text: str, before: str = "") -> str:
    """Say something, unless it is what was said before; gives the text."""
    if text != before:
        print(f"outcry: {text}", file=sys.stderr, flush=True)
    return text
