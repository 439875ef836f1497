"""Which commands can be refused for which reason, and so which reasons are neighbours."""

from collections.abc import Iterator
from itertools import chain

from outcry.domain.reject import RejectReason as Why
from outcry.wire.admin_commands import ADMIN_OPS

TERMS = ("new", "replace")
ORDERS = (*TERMS, "cancel", "cancel_all", "cancel_all_after")
TRANSFERS = ("account.deposit", "account.withdraw")
SWITCHES = ("market.kill", "market.release")
BY_KEYS = (*ORDERS, *ADMIN_OPS)
"""What may be sent with a key."""
BY_THE_VENUE = ("clock.advance", "clock.tick", "venue.upgrade")
OF_ACCOUNTS = ("account.set", "account.state", *TRANSFERS)

REFUSES: dict[Why, tuple[str, ...]] = {
    Why.MALFORMED: (*BY_KEYS, *BY_THE_VENUE, "venue.open"),
    Why.TOO_MANY_COMMANDS: BY_KEYS,
    Why.VENUE_NOT_OPEN: (*BY_KEYS, *BY_THE_VENUE),
    Why.VENUE_ALREADY_OPEN: ("venue.open",),
    Why.OTHER_VERSION: ("venue.open",),
    Why.CLOCK_NOT_BY_ENTRIES: ("clock.advance",),
    Why.UNKNOWN_KEY: BY_KEYS,
    Why.KEY_REVOKED: BY_KEYS,
    Why.NOT_ALLOWED: BY_KEYS,
    Why.DUPLICATE_INSTRUMENT: ("instrument.list",),
    Why.INSTRUMENT_LIMIT: ("instrument.list",),
    Why.DUPLICATE_ACCOUNT: ("account.open",),
    Why.ACCOUNT_LIMIT: ("account.open",),
    Why.CLOCK_LIMIT: ("clock.advance",),
    Why.NOT_NEWER: ("venue.upgrade",),
    Why.DUPLICATE_KEY: ("key.create",),
    Why.UNKNOWN_ACCOUNT: (*ORDERS, *OF_ACCOUNTS, *SWITCHES, "key.create"),
    Why.CLIENT_ORDER_ID_REUSED: (*TERMS, *TRANSFERS),
    Why.CLIENT_ORDER_ID_BLOCKED: TERMS,
    Why.EXPIRED: ORDERS,
    Why.ACCOUNT_CLOSED: (*TERMS, *TRANSFERS, "account.state"),
    Why.ACCOUNT_RESTRICTED: TERMS,
    Why.ACCOUNT_KILLED: TERMS,
    Why.INSTRUMENT_KILLED: TERMS,
    Why.MARKET_KILLED: TERMS,
    Why.UNKNOWN_SYMBOL: (
        *("new", "cancel_all", "instrument.set", "instrument.state", "account.set"),
        *(*TRANSFERS, *SWITCHES),
    ),
    Why.UNKNOWN_ORDER: ("replace", "cancel"),
    Why.HALTED: TERMS,
    Why.CANCEL_ONLY: TERMS,
    Why.NO_SUCH_TERM: ("replace",),
    Why.NO_REFERENCE_PRICE: ("new",),
    Why.TICK_SIZE: TERMS,
    Why.PRICE_LIMIT: TERMS,
    Why.LEG_PRICES: TERMS,
    Why.LOT_SIZE: TERMS,
    Why.MIN_QUANTITY: TERMS,
    Why.MAX_QUANTITY: TERMS,
    Why.QUANTITY_FILLED: ("replace",),
    Why.PRICE_BAND: TERMS,
    Why.MAX_NOTIONAL: TERMS,
    Why.OPEN_ORDERS_LIMIT: ("new",),
    Why.ORDER_RATE: TERMS,
    Why.RESTING_LIMIT: ("new",),
    Why.DUE_LIMIT: ("cancel_all", "cancel_all_after"),
    Why.HOLDINGS_LIMIT: ("new", "account.deposit", "account.set"),
    Why.REDUCE_ONLY: ("new",),
    Why.OPEN_ONLY: ("new",),
    Why.BOTH_WAYS: ("new",),
    Why.POSITION_LIMIT: TERMS,
    Why.EXPOSURE_LIMIT: TERMS,
    Why.SHORTING: TERMS,
    Why.SHARES_AVAILABLE: (*TERMS, *TRANSFERS),
    Why.BUYING_POWER: TERMS,
    Why.WOULD_TAKE: TERMS,
    Why.CASH_AVAILABLE: ("account.withdraw",),
    Why.ACCOUNT_NOT_EMPTY: ("account.state",),
    Why.KEY_LIMIT: ("key.create",),
}
"""Which commands can be refused for a reason."""

NEVER_MEET: dict[Why, tuple[tuple[Why, ...], str]] = {
    Why.UNKNOWN_KEY: (
        (Why.NOT_ALLOWED,),
        "a key that is not there has no role; and who may not revoke is not told which keys are",
    ),
    Why.UNKNOWN_ACCOUNT: (
        (
            *(Why.CLIENT_ORDER_ID_REUSED, Why.CLIENT_ORDER_ID_BLOCKED),
            *(Why.ACCOUNT_CLOSED, Why.ACCOUNT_NOT_EMPTY),
        ),
        "an account that never was has used no id up, has nothing and is in no state",
    ),
    Why.CLIENT_ORDER_ID_REUSED: (
        (Why.CLIENT_ORDER_ID_BLOCKED,),
        "an id was taken by a command or given up by a cancel, whichever came first",
    ),
    Why.ACCOUNT_CLOSED: (
        (Why.ACCOUNT_RESTRICTED, Why.ACCOUNT_NOT_EMPTY),
        "an account is in one state; and one that is closed is empty, and stays so",
    ),
    Why.UNKNOWN_SYMBOL: (
        (
            *(
                Why.HALTED,
                Why.CANCEL_ONLY,
                Why.NO_REFERENCE_PRICE,
                Why.TICK_SIZE,
                Why.PRICE_LIMIT,
                Why.LOT_SIZE,
            ),
            *(Why.MIN_QUANTITY, Why.MAX_QUANTITY, Why.PRICE_BAND),
        ),
        "what is not listed has no state, no steps and no limits of its own",
    ),
    Why.HALTED: ((Why.CANCEL_ONLY,), "an instrument is in one state"),
    Why.MIN_QUANTITY: ((Why.MAX_QUANTITY,), "the least is not above the most"),
    Why.MAX_QUANTITY: (
        (Why.QUANTITY_FILLED,),
        "what is filled is at most the quantity of the order, and that was not above the most",
    ),
    Why.HOLDINGS_LIMIT: (
        (Why.SHARES_AVAILABLE,),
        "an account that holds nothing there yet has nothing to close",
    ),
    Why.REDUCE_ONLY: (
        (Why.OPEN_ONLY,),
        "an order that may only close brings no exit",
    ),
    Why.OPEN_ONLY: (
        (Why.BOTH_WAYS, Why.POSITION_LIMIT, Why.EXPOSURE_LIMIT, Why.SHORTING),
        "an order closes, or opens and may be more than the account may have",
    ),
    Why.SHORTING: (
        (Why.SHARES_AVAILABLE,),
        "an order opens, and may be refused as a short sale, or closes, and needs shares",
    ),
    Why.SHARES_AVAILABLE: (
        (Why.BUYING_POWER, Why.CASH_AVAILABLE),
        "an order that closes needs no buying power; a transfer is of cash or of shares",
    ),
}
"""Reasons that no command can be refused for both, and why."""


def meeting(op: str) -> Iterator[tuple[Why, Why]]:
    """The neighbours in the order of what a command can be refused for: each reason with the next
    that it can meet, and all that it can not meet skipped."""
    reasons = [reason for reason in Why if op in REFUSES[reason]]
    for place, reason in enumerate(reasons):
        apart = NEVER_MEET.get(reason, ((), ""))[0]
        for later in reasons[place + 1 :]:
            if later not in apart:
                yield reason, later
                break


def neighbours() -> list[tuple[Why, Why]]:
    """Each pair once that some command can break together, one after the other."""
    ops = dict.fromkeys(chain.from_iterable(REFUSES.values()))
    return list(dict.fromkeys(pair for op in ops for pair in meeting(op)))
