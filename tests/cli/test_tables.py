"""Tables of the client commands."""

import json
import time

import pytest

from outcry.cli.tables import clock_time, fitting, identity, number, plain, show

COLUMNS = (identity("order_id", "order id", 18), plain("symbol"), number("quantity"))
ID = "00000000-000f-8000-800d-66c173684a94"
ANSWER = {"orders": [{"order_id": ID, "symbol": "AAPL", "quantity": "10"}], "next": ID, "seq": 3}


def test_a_pipe_gets_whole_lines(capsys: pytest.CaptureFixture[str]) -> None:
    """What is read by a program is neither folded nor cut off, however long."""
    long = {"orders": [{"order_id": ID * 9, "symbol": "A" * 200, "quantity": "10"}]}
    show(long, "orders", COLUMNS, as_json=False, nothing="none")
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2
    assert lines[1].split() == [ID * 9, "A" * 200, "10"]


def test_columns_yield_where_there_is_no_room() -> None:
    """A narrow terminal leaves out the columns that matter least, the least of all first."""
    columns = (
        identity("order_id", "order id", 18).yielding(1),
        plain("symbol"),
        number("quantity").yielding(2),
    )
    records = ANSWER["orders"]
    assert isinstance(records, list)
    for width, headers in (
        (80, ["order id", "symbol", "quantity"]),
        (50, ["symbol", "quantity"]),
        (10, ["symbol"]),
    ):
        assert [column.header for column in fitting(columns, records, width)] == headers


def test_json_is_the_answer_itself(capsys: pytest.CaptureFixture[str]) -> None:
    """--json prints what the gateway said, to the last field."""
    show(ANSWER, "orders", COLUMNS, as_json=True, nothing="none")
    assert json.loads(capsys.readouterr().out) == ANSWER


def test_nothing_is_said_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    """An empty table is a sentence."""
    show({"orders": []}, "orders", COLUMNS, as_json=False, nothing="no such orders")
    assert capsys.readouterr().out == "no such orders\n"


def test_the_next_page_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    """Where there is more, the option for it is shown."""
    show(ANSWER, "orders", COLUMNS, as_json=False, nothing="none")
    assert f"more: --before {ID}" in capsys.readouterr().out


def test_times_of_another_day_show_the_day() -> None:
    """Log time of today is a clock time."""
    now = time.time_ns()
    assert len(clock_time(str(now))) == len("14:03:07.125")
    assert clock_time("1") > "1969-12-31"
    assert clock_time(None) == ""
