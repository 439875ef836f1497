"""The sections of rules.md: reasons, life-cycles, account states, bounds."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from docs.protocol import bounds, cancels, life_cycle
from docs.sections import Document
from docs.tables import code, said, table
from outcry.domain.limits import VERSION
from outcry.domain.reject import RejectReason
from outcry.domain.types import AccountState
from outcry.log.log import Entry
from outcry.orders.answer import Desk
from outcry.wire.admin_commands import ADMIN_OPS
from outcry.wire.executions import read_answer
from outcry.wire.instructions import INSTRUCTIONS
from outcry.wire.messages import ExecutionMessage
from outcry.wire.order_types import (
    CLASSES,
    INSTEAD,
    NEEDED,
    NOT_AT_THIS_TIME,
    NOT_OF_THIS_CLASS,
    ONE_OF,
    REFUSED,
    TABLE,
    TOGETHER,
    WITHOUT,
    WITHOUT_STOP_LOSS,
    Row,
)
from outcry.wire.subjects import ORDER_CREATED
from tests.scenarios.precedence import ORDERS, REFUSES, TERMS

_GROUPS = (
    (ORDERS, "order commands"),
    (ADMIN_OPS, "administration"),
    (TERMS, "new orders, replaces"),
)


def reasons() -> str:
    """Every reason to refuse, the first that wins first, and what can be refused for it."""
    meanings = said(RejectReason)
    rows = [
        (place, code(reason.word), int(reason), meanings[reason.name], _of(REFUSES[reason]))
        for place, reason in enumerate(RejectReason, 1)
    ]
    return table(("", "reason", "number", "meaning", "refuses"), rows)


def _of(ops: Sequence[str]) -> str:
    words, left = [], list(ops)
    for group, name in _GROUPS:
        if set(group) <= set(left):
            words.append(name)
            left = [op for op in left if op not in group]
    return ", ".join(words + ([code(*left)] if left else []))


_FIELDS = [
    name for name in ("price", *INSTRUCTIONS) if any(name in row.allowed for row in TABLE.values())
]


def order_types() -> str:
    """What each type of order needs with each time in force, and what it may say."""
    rows = [
        (code(kind), code(time), *(_cell(row, name) for name in _FIELDS))
        for (kind, time), row in TABLE.items()
    ]
    return table(("type", "time in force", *map(code, _FIELDS)), rows)


def _cell(row: Row, name: str) -> str:
    if any(name in names for names in row.one_of):
        return "one"
    return "needed" if name in row.needs else "yes" if name in row.may else "-"


def order_classes() -> str:
    """What each class adds to a row, and what it takes away."""
    rows = []
    for order_class, rules in CLASSES.items():
        kinds = dict.fromkeys(kind for kind, _ in rules.rows)
        times = dict.fromkeys(time for _, time in rules.rows)
        others = dict.fromkeys(kind for kind, _ in TABLE.keys() - set(rules.rows))
        whole = kinds.keys().isdisjoint(others)
        without = f"every row but those of {code(*others)}"
        where = without if whole else f"{code(*kinds)} with {code(*times)}"
        one = [f"one of {code(*names)}" for names in rules.one_of]
        needs = ", ".join([code(*rules.needs)] * bool(rules.needs) + one)
        rows.append((code(order_class), where, needs, code(*rules.may), code(*rules.without)))
    return table(("order class", "stands in", "needs", "may have", "may not have"), rows)


def order_type_refusals() -> str:
    """What is said of all else."""
    told = [("time_in_force", f"of `{kind}`", text) for kind, text in NOT_AT_THIS_TIME.items()]
    told += [("order_class", f"of `{name}`", text) for name, text in NOT_OF_THIS_CLASS.items()]
    told += [(name, "is not to be there", text) for name, text in REFUSED.items()]
    told += [
        (name, f"is not to be there with `{what}`", text.format(type=what))
        for (name, what), text in INSTEAD.items()
    ]
    told += [
        (name, f"is not to be there with `{order_class}`", WITHOUT[order_class])
        for order_class, rules in CLASSES.items()
        for name in rules.without
    ]
    told += [(name, "is not there", text) for name, text in NEEDED.items()]
    told += [(name, "is not there alone, or at all", text) for name, text in ONE_OF.items()]
    told += [(name, f"is beside `{other}`", text) for name, (other, text) in TOGETHER.items()]
    told.append(("stop_loss_limit", "is there without `stop_loss`", WITHOUT_STOP_LOSS))
    rows = [(code(name), why, text.format(type="stop", field=name)) for name, why, text in told]
    return table(("field", "at fault", "text"), rows)


def account_states() -> str:
    """What an account in each state may do, as the engine answers."""
    order = {"symbol": "X", "side": "buy", "quantity": "1", "price": "1", "account": "a"}
    asked: dict[str, tuple[str, dict[str, Any]]] = {
        "new orders, replaces": (ORDER_CREATED, order),
        "cancels": (ORDER_CREATED, {"op": "cancel_all", "account": "a"}),
        "transfers": ("account.deposit", {"account": "a", "amount": "1"}),
    }
    rows = []
    for state in AccountState:
        may = ["yes" if _in_state(state, *what) else "no" for what in asked.values()]
        after = [
            other
            for other in AccountState
            if other is not state
            and _in_state(state, "account.state", {"account": "a", "state": other}, empty=True)
        ]
        rows.append((code(state), *may, code(*after) if after else "nothing: it stays so"))
    return table(("state", *asked, "may become"), rows)


def _in_state(
    state: AccountState, subject: str, body: dict[str, Any], *, empty: bool = False
) -> bool:
    """Whether an account in this state, with money where it can be so, is let do something."""
    desk = Desk()
    _send(desk, "venue.open", {"log": "5a17ed0c0ffee", "engine": VERSION, "schema": 1})
    _send(desk, "instrument.list", {"symbol": "X", "tick": "0.01"})
    _send(desk, "account.open", {"account": "a", "access": "open"})
    if state is not AccountState.CLOSED and not empty:
        _send(desk, "account.deposit", {"account": "a", "amount": "1"})
    _send(desk, "account.state", {"account": "a", "state": state})
    return _send(desk, subject, body).result == "accepted"


def _send(desk: Desk, subject: str, body: dict[str, Any]) -> ExecutionMessage:
    entry = Entry(desk.position + 1, 0, subject, json.dumps(body).encode())
    return read_answer(desk.answer(entry))[0]


RULES = Document(
    Path(__file__).with_suffix(".md"),
    {
        "reasons": reasons,
        "life-cycle": life_cycle,
        "cancels": cancels,
        "order-types": order_types,
        "order-classes": order_classes,
        "order-type-refusals": order_type_refusals,
        "account-states": account_states,
        "bounds": bounds,
    },
)
