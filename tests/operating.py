"""What the operator does in a session of trading: accounts, money, keys and limits, all tight.

Nearly every choice is legal and small, so that the rules meet each other often.
"""

from typing import Any

from hypothesis import strategies as st

Fields = dict[str, Any]
Choices = dict[str, st.SearchStrategy[Any]]

ADMIN, TRADER, READER, BOTH, UNKNOWN = (letter * 16 for letter in "abcde")
"""Keys by their ids: of everything, of alice, of alice for reading, of alice and bob, of nobody."""
HASH = "0" * 64
# The ends of a list are drawn more often than the rest.
KEYS = st.sampled_from([ADMIN] * 6 + [BOTH, TRADER, BOTH, READER, UNKNOWN, BOTH] + [ADMIN] * 6)
ADMINS = st.sampled_from([ADMIN] * 6 + [TRADER, READER, UNKNOWN, ""] + [ADMIN] * 6)
SYMBOLS = st.sampled_from(["ACME"] * 4 + ["NONE", "ZINC", "ACME"])
ACCOUNTS = st.sampled_from(["demo", "alice", "carol", "bob", "alice", "demo"])
PREVENTION = st.sampled_from(["none", "cancel_newest", "cancel_oldest"])
CASH = st.sampled_from(["1", "50", "100.5", "250", "2500", "100000"])
SHARES = st.sampled_from(["1", "8", "12", "20", "100", "0.5"])
MONEY_LIMITS = st.sampled_from(["0", "60", "100", "250", "2500"])
POSITION_LIMITS = st.sampled_from(["0", "8", "12", "20"])
COUNTS = st.sampled_from([0, 1, 2, 3])
FEES = st.sampled_from(["0", "0.001", "0.0025", "0.1", "0.000000001"])
BANDS = st.sampled_from(["0", "0.01", "0.05", "0.3", "0.9"])
MULTIPLIERS = st.sampled_from([1, 2, 3, 4, 11, 20])
LIMITS: Choices = {
    "max_notional": MONEY_LIMITS,
    "max_position": POSITION_LIMITS,
}
OWN_FEES = st.sampled_from(["0", "0.001", "inherit", "0.0025", "0.1", "0.000000001"])
RATES: Choices = {"maker_fee": FEES, "taker_fee": FEES}
OWN_RATES: Choices = {"maker_fee": OWN_FEES, "taker_fee": OWN_FEES}
OF_ACCOUNTS: Choices = {
    "max_open_orders": COUNTS,
    "max_order_rate": COUNTS,
    "max_exposure": MONEY_LIMITS,
}


def entry(subject: str, body: st.SearchStrategy[Fields]) -> st.SearchStrategy[tuple[str, Fields]]:
    return st.tuples(st.just(subject), body)


def without_empty_key(command: Fields) -> Fields:
    return {name: value for name, value in command.items() if (name, value) != ("key", "")}


def account_terms(account: st.SearchStrategy[str]) -> st.SearchStrategy[Fields]:
    access = st.sampled_from(["open", "open", "keys", "open"])
    cash: Choices = {"account": account, "access": access}
    margin: Choices = cash | {"type": st.just("margin")}
    optional: Choices = {"self_trade_prevention": PREVENTION}
    terms: Choices = {"multiplier": MULTIPLIERS, "shorting": st.booleans()}
    return st.one_of(
        st.fixed_dictionaries(margin | {"shorting": st.just(True)}, optional=optional),
        st.fixed_dictionaries(cash, optional=optional),
        st.fixed_dictionaries(margin, optional=optional | terms),
    )


def transfers(account: st.SearchStrategy[str]) -> st.SearchStrategy[Fields]:
    """Of cash, or of shares; now and then under an id that is used."""
    optional = {"transfer_id": st.sampled_from(["a", "b", "c", "t", "u"])}
    shares = {"account": account, "symbol": SYMBOLS, "quantity": SHARES}
    return st.one_of(
        st.fixed_dictionaries({"account": account, "amount": CASH}, optional=optional),
        st.fixed_dictionaries(shares, optional=optional),
    )


TERMS = st.fixed_dictionaries({"account": ACCOUNTS, "symbol": SYMBOLS}, optional=LIMITS | OWN_RATES)
SETTINGS = st.fixed_dictionaries({"account": ACCOUNTS, "self_trade_prevention": PREVENTION})
MORE_SETTINGS = st.fixed_dictionaries(
    {"account": ACCOUNTS},
    optional=LIMITS
    | OWN_RATES
    | OF_ACCOUNTS
    | {
        "access": st.sampled_from(["open", "keys"]),
        "multiplier": MULTIPLIERS,
        "shorting": st.booleans(),
    },
)
STATES = st.fixed_dictionaries(
    {"account": ACCOUNTS, "state": st.sampled_from(["active", "restricted", "active", "closed"])}
)
KILLED: st.SearchStrategy[Fields] = st.one_of(
    st.fixed_dictionaries({"account": ACCOUNTS}),
    st.fixed_dictionaries({"symbol": SYMBOLS}),
    st.sampled_from([{"account": "bob"}, {"symbol": "ZINC"}, {}, {"account": "carol"}]),
)
INSTRUMENTS = st.fixed_dictionaries(
    {"symbol": SYMBOLS},
    optional=LIMITS
    | RATES
    | {
        "price_band": BANDS,
        "reference_price": st.sampled_from(["10", "9.875", "12.000000001"]),
    },
)
NEW_KEYS = st.fixed_dictionaries(
    {
        "key_id": st.sampled_from([UNKNOWN, TRADER]),
        "hash": st.just(HASH),
        "role": st.sampled_from(["admin", "trade", "read"]),
        "accounts": st.lists(ACCOUNTS, min_size=1, max_size=2, unique=True),
    },
    optional={"name": st.just("desk 7")},
)

OPERATIONS: dict[str, st.SearchStrategy[Fields]] = {
    "account.open": account_terms(ACCOUNTS),
    "account.set": st.one_of(SETTINGS, MORE_SETTINGS, TERMS),
    "account.state": STATES,
    "account.deposit": transfers(ACCOUNTS),
    "account.withdraw": transfers(ACCOUNTS),
    "instrument.set": INSTRUMENTS,
    "market.set": st.fixed_dictionaries({}, optional=LIMITS | OF_ACCOUNTS),
    "market.kill": KILLED,
    "market.release": KILLED,
    "key.create": NEW_KEYS,
    "key.revoke": st.fixed_dictionaries({"key_id": st.sampled_from([TRADER, UNKNOWN, READER])}),
}
OFTEN = (*("market.release",) * 4, "account.deposit", "account.deposit", "account.set")

ENTRIES = st.sampled_from([*OPERATIONS, *OFTEN]).flatmap(lambda op: entry(op, OPERATIONS[op]))
"""Of the operator."""
COMMANDS = ENTRIES.flatmap(
    lambda drawn: st.fixed_dictionaries(
        {"op": st.just(drawn[0]), "key": ADMINS}
        | {name: st.just(value) for name, value in drawn[1].items()}
    ).map(without_empty_key)
)
"""Among orders; whoever has no key that is for everything is refused."""


def new_key(key_id: str, role: str, *accounts: str) -> st.SearchStrategy[tuple[str, Fields]]:
    body = {"key_id": key_id, "hash": HASH, "role": role, "accounts": list(accounts)}
    return entry("key.create", st.just(body))


OPENING = st.tuples(
    *(entry("account.open", account_terms(st.just(name))) for name in ("demo", "alice", "bob")),
    *(
        entry(
            "account.deposit",
            st.fixed_dictionaries(
                {
                    "account": st.just(name),
                    "amount": st.sampled_from(["100000", "1000", "300", "10000"]),
                }
            ),
        )
        for name in ("demo", "alice", "bob")
    ),
    *(
        entry(
            "account.deposit",
            st.fixed_dictionaries(
                {
                    "account": st.just(name),
                    "symbol": st.sampled_from(["ACME", "ACME", "ZINC"]),
                    "quantity": st.sampled_from(["1000", "20", "40"]),
                }
            ),
        )
        for name in ("demo", "alice", "bob")
    ),
    new_key(ADMIN, "admin"),
    new_key(TRADER, "trade", "alice"),
    new_key(READER, "read", "alice"),
    new_key(BOTH, "trade", "alice", "bob"),
).map(list)
"""Three accounts with means, and who may act for them."""
