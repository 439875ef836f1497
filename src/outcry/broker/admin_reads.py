"""Questions of administrators: who has which key, and who administered what."""

from sqlalchemy import Connection

from outcry.broker.asked import cursor_of, equal, limit_of, upwards
from outcry.broker.pages import read_page
from outcry.broker.position import Position
from outcry.broker.present import present_audit, present_key
from outcry.broker.questions import Fields
from outcry.broker.schema import audit, keys
from outcry.wire.books import AuditAnswer, KeysAnswer


def read_keys(connection: Connection, at: Position, fields: Fields) -> KeysAnswer:
    page = read_page(connection, keys, [[]], [], upwards(fields), limit_of(fields))
    return KeysAnswer(
        at.seq, tuple(map(present_key, page.rows)), page.next[0] if page.next else None
    )


def read_audit(connection: Connection, at: Position, fields: Fields) -> AuditAnswer:
    rest = list(equal(audit, fields, "key", "op").values())
    page = read_page(connection, audit, [[]], rest, cursor_of(fields), limit_of(fields))
    return AuditAnswer(
        at.seq, tuple(map(present_audit, page.rows)), str(page.next[0]) if page.next else None
    )
