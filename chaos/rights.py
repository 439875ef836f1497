"""Nobody was served who had no right to it: read from the executions alone."""

from collections.abc import Iterable
from typing import Any

ADMINISTERED = ("account.", "instrument.", "market.", "key.")


def check_rights(executions: Iterable[dict[str, Any]]) -> None:
    """Whatever was done came by a key that was good at that moment, for that account, or without
    one for an account that is open to everybody, or from the operator."""
    keys: dict[str, dict[str, Any]] = {}
    access: dict[str, str] = {}
    for told in executions:
        if told["result"] != "accepted":
            continue
        command, op = told.get("command", {}), told["op"]
        _check(told, keys, access)
        if settings := told.get("settings"):
            access[settings["account"]] = settings["access"]
        if op == "key.create":
            keys[command["key_id"]] = command
        elif op == "key.revoke":
            del keys[command["key_id"]]


def _check(told: dict[str, Any], keys: dict[str, Any], access: dict[str, str]) -> None:
    account = (told.get("order") or told.get("command", {})).get("account")
    administered = told["op"].startswith(ADMINISTERED)
    if not told.get("key"):
        nobody = ("switch.fired", "stop.triggered", "exit.moved", "malformed")
        by_nobody = account is None or administered or told["op"] in nobody
        assert by_nobody or access[account] == "open", f"done without a key: {told}"
        return
    key = keys.get(told["key"])
    assert key is not None, f"done by a key that is not good: {told}"
    if key["role"] != "admin":
        fits = key["role"] == "trade" and not administered and account in key["accounts"]
        assert fits, f"done by a key for something else: {told}"
