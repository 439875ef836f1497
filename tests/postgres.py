"""A PostgreSQL of its own for tests: Debian's package, in a folder that is gone afterwards."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

from sqlalchemy import create_engine
from sqlalchemy.exc import OperationalError

from tests.waiting import PATIENCE_S, POLL_S

ACCOUNT = "postgres"
"""Its programs refuse root; the package makes this account."""
MISSING = "PostgreSQL is not installed (Debian: apt-get install postgresql)"


def programs() -> Path | None:
    """The newest `bin` that Debian's packages have installed."""
    found = Path("/usr/lib/postgresql").glob("*/bin/postgres")
    return max((path.parent for path in found), key=lambda at: int(at.parent.name), default=None)


class Postgres:
    """A server that only this machine's processes reach, by a socket in `folder`."""

    def __init__(self, binaries: Path, folder: Path, account: dict[str, Any]) -> None:
        self._command = [
            *("setpriv", "--pdeathsig", "QUIT"),  # it ends with us, however we end
            str(binaries / "postgres"),
            *("-D", str(folder / "data"), "-k", str(folder)),
            *("-c", "listen_addresses=", "-c", "fsync=off", "-c", "max_connections=200"),
            *("-c", "autovacuum=off", "-c", "jit=off"),  # plans that are the same each time
        ]
        self._folder = folder
        self._account = account
        self._process: subprocess.Popen[bytes] | None = None

    def address(self, database: str = "postgres") -> str:
        return f"postgresql+psycopg://{ACCOUNT}@/{database}?host={self._folder}"

    def start(self) -> None:
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                self._command, stdout=log, stderr=log, cwd=self._folder, **self._account
            )
        patience = time.monotonic() + PATIENCE_S
        while not self._answers():
            assert time.monotonic() < patience, (self._folder / "log").read_text()
            time.sleep(POLL_S)

    def stop(self) -> None:
        """At once, as a fall of the machine would: what was committed is found in its log."""
        assert self._process is not None
        self._process.send_signal(signal.SIGQUIT)
        self._process.wait(20)

    def make(self) -> str:
        """A new database; gives its name."""
        name = f"books_{uuid4().hex}"
        self._run(f"CREATE DATABASE {name}")
        return name

    def _run(self, statement: str) -> None:
        engine = create_engine(self.address(), isolation_level="AUTOCOMMIT")
        try:
            with engine.connect() as connection:
                connection.exec_driver_sql(statement)
        finally:
            engine.dispose()

    def _answers(self) -> bool:
        try:
            self._run("SELECT 1")
        except OperationalError:
            return False
        return True


@contextmanager
def postgres() -> Iterator[Postgres]:
    """One that runs while the block does. Its texts sort as people do, not by their bytes."""
    binaries = programs()
    assert binaries is not None, MISSING
    folder = Path(tempfile.mkdtemp(prefix="outcry-pg-"))  # short: sockets have short paths
    account: dict[str, Any] = {}
    if os.geteuid() == 0:
        account = {"user": ACCOUNT, "group": pwd.getpwnam(ACCOUNT).pw_gid, "extra_groups": []}
        shutil.chown(folder, ACCOUNT)
    try:
        subprocess.run(
            [
                str(binaries / "initdb"),
                *("-D", str(folder / "data"), "-U", ACCOUNT, "-A", "trust", "-E", "UTF8"),
                *("--no-sync", "--locale=C.UTF-8", "--locale-provider=icu", "--icu-locale=en"),
            ],
            check=True,
            capture_output=True,
            cwd=folder,
            **account,
        )
        server = Postgres(binaries, folder, account)
        server.start()
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder)
