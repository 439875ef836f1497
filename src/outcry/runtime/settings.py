"""What can be set from outside: options of the command line, each with an environment variable.

`--http-port` is OUTCRY_HTTP_PORT, and so on; the two addresses of NATS are also read from NATS_URL
and NATS_MONITOR_URL. What is bounded but not here is a constant beside the code it bounds.
"""

from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter


class Durability(Enum):
    """What an acknowledged order survives; the services check that the NATS server keeps it."""

    DISK = "disk"
    """A loss of power: every message is on the disk before anyone acts on it."""
    PROCESS = "process"
    """A kill of any process, not a loss of power. For tests."""
    UNCHECKED = "unchecked"
    """What the NATS server keeps, which nobody looks at; each start says so."""


class LogFormat(Enum):
    AUTO = "auto"
    JSON = "json"
    CONSOLE = "console"


class LogLevel(Enum):
    """What is logged, and worse than it: debug, info, warning or error."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Settings:
    """What every service takes."""

    nats_url: Annotated[str, Parameter(env_var=["OUTCRY_NATS_URL", "NATS_URL"])] = (
        "nats://localhost:4222"
    )
    "Address of NATS, with user and password where it asks for them."
    nats_monitor_url: Annotated[
        str, Parameter(env_var=["OUTCRY_NATS_MONITOR_URL", "NATS_MONITOR_URL"])
    ] = "http://localhost:8222"
    "Monitoring address of NATS, where the services read what it promises."
    durability: Durability = Durability.DISK
    "Orders survive a loss of power (disk), only kills (process), or what NATS keeps (unchecked)."
    host: str = "127.0.0.1"
    "Address to listen on; 0.0.0.0 is every network of the machine."
    log_format: LogFormat = LogFormat.AUTO
    "Log lines as JSON or readable; auto: readable on a terminal."
    log_level: LogLevel = LogLevel.INFO
    "What is logged, and worse than it: debug, info, warning or error."


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class TlsSettings:
    """What a service takes that clients connect to from outside."""

    tls_cert: Path | None = None
    "Certificate (PEM) for clients that connect; with --tls-key they must do so over TLS."
    tls_key: Path | None = None
    "Key of that certificate (PEM, without a password)."


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class GatewaySettings(TlsSettings, Settings):
    http_port: int = 8080
    "Port for HTTP and for WebSocket order entry."
    lockstep: bool = False
    "One command at a time in order of arrival; goes with the order service's --lockstep."
    answer_timeout: float = 5.0
    "Seconds to wait for an answer before a client is told `unknown`."
    rejects_max: int = 1_000
    "Rejected commands of one key in a second after which its orders stay outside; 0: any number."


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class OrderServiceSettings(Settings):
    ops_port: Annotated[int, Parameter(env_var="OUTCRY_ORDER_SERVICE_OPS_PORT")] = 8082
    "Port for health, readiness and metrics."
    lockstep: bool = False
    "Open a new log with a fixed id, its time moved by entries alone: same session, same digest."
    orders_max_bytes: int = 4 << 30
    "Bytes that ORDERS may hold; EXECUTIONS gets room in proportion."
    snapshot_dir: Path = Path("data/snapshots")
    "Folder of snapshots, from which it starts; the log after them is all that it replays."
    archive_dir: Path = Path("data/archive")
    "Folder for what is taken out of ORDERS and EXECUTIONS; brokers read it too."
    archive_above_bytes: int = 1 << 30
    "Bytes of either, at most half of its room, above which its beginning goes to the archive."
    archive_min_age: float = 120.0
    "Seconds that an entry stays at least: a gateway may send it again, which must be noticed."


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class BrokerServiceSettings(Settings):
    ops_port: Annotated[int, Parameter(env_var="OUTCRY_BROKER_SERVICE_OPS_PORT")] = 8083
    "Port for health, readiness and metrics."
    database_url: str = "sqlite:///data/books.db"
    "Where the books are (an SQLAlchemy address)."
    archive_dir: Path = Path("data/archive")
    "Folder where the order service puts what it takes out of EXECUTIONS."


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class TradeStreamServiceSettings(TlsSettings, Settings):
    ops_port: Annotated[int, Parameter(env_var="OUTCRY_TRADE_STREAM_SERVICE_OPS_PORT")] = 8084
    "Port for health, readiness and metrics."
    ws_port: int = 8081
    "Port of the WebSocket stream of completions."
    guests: bool = True
    "Tell guests of NATS what is completed; of several trade streams just one should."


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class UpSettings(TlsSettings):
    """What `outcry up` takes; it hands the services what is theirs."""

    data_dir: Path = Path("data")
    "Folder for the log, the books and the credentials of the embedded NATS."
    host: str = "127.0.0.1"
    "Address to listen on; 0.0.0.0 is every network of the machine."
    http_port: int = 8080
    "Port for HTTP and for WebSocket order entry."
    ws_port: int = 8081
    "Port of the WebSocket stream of completions."
    nats_port: int = 4222
    "Port of the embedded NATS."
    nats_monitor_port: int = 8222
    "Monitoring port of the embedded NATS."
    ops_port: int = 8082
    "First of three ports for health and metrics of order service, broker and stream; 0: any."
    durability: Durability = Durability.DISK
    "Orders survive a loss of power (disk), only kills (process), or what NATS keeps (unchecked)."
    nats_url: Annotated[str, Parameter(env_var=["OUTCRY_NATS_URL", "NATS_URL"])] = ""
    "Use this NATS and start none."
    nats_monitor_url: Annotated[
        str, Parameter(env_var=["OUTCRY_NATS_MONITOR_URL", "NATS_MONITOR_URL"])
    ] = ""
    "Monitoring address of that NATS."
    lockstep: bool = False
    "One command at a time, time moved by entries alone, a fixed log id: same session, same digest."
    orders_max_bytes: int = 4 << 30
    "Bytes that ORDERS may hold; EXECUTIONS gets room in proportion."
    archive_above_bytes: int = 1 << 30
    "Bytes of either, at most half of its room, above which its beginning goes to the archive."
    database_url: str = ""
    "Where the books are (an SQLAlchemy address); left out: SQLite, in the data folder."
    demo: bool = True
    "Open the demo market when the venue is new."
    log_format: LogFormat = LogFormat.AUTO
    "Log lines as JSON or readable; auto: readable on a terminal."
    log_level: LogLevel = LogLevel.WARNING
    "What is logged, and worse than it: debug, info, warning or error."
