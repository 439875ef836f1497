"""What the client commands ask the gateway over HTTP, and what they say when it does not answer.

The standard library's client, because it is there at once: a command is typed, not served.
"""

import http.client
import ssl
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Annotated, Any
from urllib.parse import urlencode, urlsplit

import msgspec
from cyclopts import Group, Parameter

from outcry.cli.data_folder import find_key, gateway_url
from outcry.cli.failed import ExitCode, Failed
from outcry.cli.scheme import untrusted, wrong_scheme
from outcry.runtime.nats_monitor import unverified

TIMEOUT_S = 30.0
WHERE = Group("Where and how", sort_key=9)
"""The heading of these options in --help."""
_MEANS = {
    400: ExitCode.USAGE,
    401: ExitCode.REFUSED,
    403: ExitCode.REFUSED,
    404: ExitCode.REFUSED,
    413: ExitCode.USAGE,
    422: ExitCode.REFUSED,
}
"""Exit codes of the gateway's refusals; it cannot serve the others now."""
_TO_DO = {
    401: "give a key with --key or OUTCRY_KEY, or let OUTCRY_DATA_DIR name the data folder of the "
    "exchange, which has one; `outcry keys create` makes one",
    403: "give a key that may do this, on the venue's own machine --key $(cat data/admin-key); "
    "`outcry keys list` shows what each is for",
}


@Parameter(name="*", group=WHERE)
@dataclass(frozen=True, kw_only=True)
class Gateway:
    """Where the gateway is, and how a command answers."""

    url: Annotated[str, Parameter(env_var="OUTCRY_URL")] = field(default_factory=gateway_url)
    "Address of the gateway; left out: that of the running `outcry up`, or http://localhost:8080."
    key: Annotated[str, Parameter(env_var="OUTCRY_KEY")] = ""
    "Your key; left out: the one that `outcry up` keeps in its data folder, at its own address."
    json: Annotated[bool, Parameter(negative="")] = False
    "Print the answer as JSON, for scripts."

    def get(self, path: str, **params: Any) -> Any:
        """What is at `path`; parameters that are empty are left out. Raises Failed."""
        given = {name: value for name, value in params.items() if value not in (None, "")}
        status, answer = self._ask("GET", f"{path}?{urlencode(given)}" if given else path)
        if status is not HTTPStatus.OK:
            raise _failed(status, answer)
        return answer

    def order(self, command: dict[str, Any], to: str = "/order") -> dict[str, Any]:
        """The execution of one command, also of one that is rejected. Raises Failed."""
        status, answer = self._ask("POST", to, command)
        if status is HTTPStatus.ACCEPTED and "result" not in answer:
            raise Failed(_unknown(answer, command.get("account", "")), ExitCode.UNKNOWN)
        if "result" not in answer:
            raise _failed(status, answer)
        return dict(answer)

    def orders(self, commands: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """The executions of several commands, in their order. Raises Failed."""
        status, answer = self._ask("POST", "/order", commands)
        if status is not HTTPStatus.OK or not isinstance(answer, list):
            raise _failed(status, answer)
        return answer

    def admin(self, command: dict[str, Any]) -> dict[str, Any]:
        """The execution of an admin command. Raises Failed."""
        return self.order(command, "/admin")

    def knows_key(self) -> bool:
        """Whether the key is one of the venue, and was not revoked. Raises Failed."""
        status, answer = self._ask("GET", "/accounts?limit=1")
        if status is HTTPStatus.UNAUTHORIZED:
            return False
        if status is not HTTPStatus.OK:
            raise _failed(status, answer)
        return True

    @property
    def credentials(self) -> dict[str, str]:
        """Headers that tell the venue who asks; none where there is no key."""
        key = self.key or find_key(self.url)
        return {"authorization": f"Bearer {key}"} if key else {}

    @property
    def context(self) -> ssl.SSLContext | None:
        """By which the certificate of an https address is checked; None: as this machine does."""
        return None

    def _ask(self, method: str, target: str, body: Any = None) -> tuple[HTTPStatus, Any]:
        connection, base = _connection(self.url, self.context)
        headers = {"content-type": "application/json"} | self.credentials
        try:
            connection.request(
                method,
                f"{base}{target}",
                None if body is None else msgspec.json.encode(body),
                headers,
            )
            response = connection.getresponse()
            return HTTPStatus(response.status), msgspec.json.decode(response.read())
        except ssl.SSLCertVerificationError as error:
            raise untrusted(self.url, error) from error
        except (ConnectionError, OSError) as error:
            raise wrong_scheme(self.url, "--url", error) or Failed(
                f"no gateway answers at {self.url} ({error}): start the exchange with "
                "`outcry up`, or name the right address with --url or OUTCRY_URL, or the data "
                "folder of the exchange with OUTCRY_DATA_DIR",
                ExitCode.UNREACHABLE,
            ) from error
        except (http.client.HTTPException, msgspec.DecodeError, ValueError) as error:
            raise wrong_scheme(self.url, "--url", error) or Failed(
                f"what answers at {self.url} is not a gateway; name its address with --url",
                ExitCode.UNREACHABLE,
            ) from error
        finally:
            connection.close()


class OwnGateway(Gateway):
    """One that this program has started: it is who it is, whatever name its certificate is for."""

    @property
    def context(self) -> ssl.SSLContext:
        return unverified()


def _connection(url: str, context: ssl.SSLContext | None) -> tuple[http.client.HTTPConnection, str]:
    """A connection that is not open yet, and the path before those of the gateway."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise _no_address(url) from error
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise _no_address(url)
    base = parts.path.rstrip("/")
    if parts.scheme == "http":
        return http.client.HTTPConnection(parts.hostname, port, timeout=TIMEOUT_S), base
    secure = http.client.HTTPSConnection(parts.hostname, port, timeout=TIMEOUT_S, context=context)
    return secure, base


def _unknown(answer: Any, account: str) -> str:
    name = answer.get("client_order_id", "")
    whose = f" --account {account}" if account else ""
    ask = f"ask with `outcry status {name}{whose}`" if name else "look with `outcry orders`"
    return f"the result is unknown: it did not come in time, and it may be done: {ask}"


def _no_address(url: str) -> Failed:
    return Failed(f"--url {url} is not an address such as http://localhost:8080", ExitCode.USAGE)


def _failed(status: HTTPStatus, answer: Any) -> Failed:
    error = answer.get("error") if isinstance(answer, dict) else None
    if isinstance(error, dict) and "message" in error:
        text = f"{error['message']} ({error.get('code', status.value)})"
    else:
        text = f"the gateway answers {status.value} {status.phrase}"
    if status in _TO_DO:
        text = f"{text}: {_TO_DO[status]}"
    return Failed(text, _MEANS.get(status, ExitCode.UNREACHABLE))
