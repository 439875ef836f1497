"""The part of the API document that is for administrators: commands, keys, audit."""

from outcry.domain.limits import COMMANDS_MAX
from outcry.gateway import answers, examples
from outcry.gateway.operation import (
    ADMIN_COMMANDS,
    CURSOR,
    DONE,
    EXECUTION,
    LIMIT,
    MIN_SEQ,
    PAGE,
    RESULTS,
    SEVERAL_ADMIN,
    TROUBLES,
    Body,
    Field,
    Operation,
    Reply,
    known,
    own,
    refer,
)
from outcry.wire import books, requests
from outcry.wire.admin_commands import AUDITED

_ADMIN = "Administration"
_SENT = {
    answers.ACCEPTED: Reply("Accepted: the execution.", (EXECUTION,)),
    answers.OK: Reply(
        "A duplicate: the execution, which names the first one in `first_seq`. Or, of an array: "
        "an array with one answer for each element.",
        (EXECUTION, RESULTS),
    ),
} | TROUBLES
_MADE = {
    answers.ACCEPTED: Reply(
        "Made: its text, in `secret`, which nobody can be told again, and the execution.",
        (refer(books.NewKeyAnswer),),
    )
} | TROUBLES

ADMIN = (
    Operation(
        "post",
        "/admin",
        "send_admin_commands",
        _ADMIN,
        "Open, fund, limit and close accounts, list and halt instruments, stop the market",
        "One command, which its `op` names, or an array of up to "
        f"{COMMANDS_MAX}, as for `POST /order`. Each is an entry of the log like an order; its "
        "execution names your `key`, and GET /audit shows it.\n\nTo cancel all of an account send "
        "`cancel_all` with its name to `POST /order`.",
        _SENT,
        body=Body({"anyOf": [ADMIN_COMMANDS, SEVERAL_ADMIN]}, examples.ADMIN),
    ),
    Operation(
        "get",
        "/audit",
        "list_admin_commands",
        _ADMIN,
        "What the operator and administrators did, newest first",
        "With the key by which it was done; without one it was the operator.",
        own(books.AuditAnswer, "A page of commands."),
        (
            known("key_id")._replace(name="key", text="Only what was done by this key."),
            Field("op", "Only this command.", {"enum": list(AUDITED)}),
            *PAGE,
        ),
    ),
)
KEYS = (
    Operation(
        "post",
        "/keys",
        "create_key",
        _ADMIN,
        "Make a key",
        "For a role: `read`, `trade` or `admin`, and up to 16 accounts; the first of them is meant "
        "where its holder names none. A key for an administrator needs none.\n\nThe log and the "
        "books know a hash of the secret. Without an answer, or with 202, revoke what GET /keys "
        "shows and make another one.",
        _MADE,
        body=Body(
            refer(requests.NewKey), {"trade": {"summary": "To trade", "value": examples.NEW_KEY}}
        ),
    ),
    Operation(
        "get",
        "/keys",
        "list_keys",
        _ADMIN,
        "The keys there are, and were",
        "",
        own(books.KeysAnswer, "A page of keys."),
        (LIMIT, Field("after", "The `next` of the page before.", CURSOR), MIN_SEQ),
    ),
    Operation(
        "delete",
        "/keys/{key_id}",
        "revoke_key",
        _ADMIN,
        "Revoke a key",
        "It is in force everywhere within a second; sessions of its holder are closed.",
        DONE,
        (known("key_id", "path"),),
    ),
)
