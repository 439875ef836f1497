"""Where the operator's commands find NATS."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from outcry.cli.data_folder import find_addresses
from outcry.cli.failed import ExitCode, Failed
from outcry.cli.gateway_client import WHERE


@Parameter(name="*", group=WHERE)
@dataclass(frozen=True, kw_only=True)
class Bus:
    """Where NATS takes the operator's entries."""

    data_dir: Annotated[Path, Parameter(env_var="OUTCRY_DATA_DIR")] = Path("data")
    "Data folder of a running `outcry up`: it has the operator's password."
    nats_url: Annotated[str, Parameter(env_var=["OUTCRY_NATS_URL", "NATS_URL"])] = ""
    "Or the address of NATS, with the operator's name and password."

    def find_url(self) -> str:
        """Raises Failed when nothing runs on the folder."""
        if self.nats_url:
            return self.nats_url
        addresses = find_addresses(self.data_dir)
        if addresses is None:
            raise Failed(
                f"no exchange runs on the data folder {self.data_dir}: start it with `outcry up`, "
                "name its folder with --data-dir, or its NATS with --nats-url",
                ExitCode.UNREACHABLE,
            )
        return addresses.nats_url
