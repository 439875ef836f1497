"""`outcry verify`: the log executed again from its beginning, and all that follows from it."""

from typing import Annotated

from cyclopts import Parameter

from outcry.cli.difference import Difference, show_difference
from outcry.cli.errand import carry_out
from outcry.cli.failed import ExitCode
from outcry.cli.gateway_client import WHERE
from outcry.cli.logs import Folders, books_of
from outcry.cli.operator import Bus, Json
from outcry.cli.verify.course import run_course
from outcry.cli.verify.report import show_report
from outcry.domain.limits import BOUNDS


def verify(
    *,
    database_url: Annotated[str, Parameter(group=WHERE, env_var="OUTCRY_DATABASE_URL")] = "",
    books: bool = True,
    json: Json = False,
    bus: Bus | None = None,
    folders: Folders | None = None,
) -> int:
    """Execute the log again from its beginning and check everything that follows from it.

    Executions byte for byte and their chain of digests, the state of the engine at each snapshot,
    the books row by row. The exchange may run meanwhile; where it does not, its data folder is
    read. The first difference ends it, with exit code 1.

    Parameters
    ----------
    database_url
        The books to check; those of the data folder when left out.
    books
        Check the books too, which takes room on the disk for another copy of them.
    """
    at, beside = bus or Bus(), folders or Folders()
    address = books_of(at, database_url) if books else ""
    try:
        report = carry_out(run_course(at, beside, address, BOUNDS, quiet=json))
    except Difference as difference:
        show_difference(difference, as_json=json)
        return ExitCode.REFUSED
    show_report(report, as_json=json)
    return ExitCode.OK
