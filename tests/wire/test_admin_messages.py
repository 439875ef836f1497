"""Commands of administrators as messages, and what is told of accounts."""

from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from outcry.domain.account import Limits, Terms
from outcry.domain.commands import (
    AdminCommand,
    CreateKey,
    Kill,
    ListInstrument,
    OpenAccount,
    RevokeKey,
    SetAccount,
    SetAccountState,
    SetInstrument,
    SetInstrumentState,
    SetMarket,
    Transfer,
)
from outcry.domain.execution import Balance, Settings
from outcry.domain.instrument import Instrument
from outcry.domain.limits import FEE_MAX, KEY_ACCOUNTS_MAX, MULTIPLIER_MAX
from outcry.domain.types import (
    UNIT,
    Access,
    AccountState,
    AccountType,
    InstrumentState,
    Role,
    SelfTradePrevention,
)
from outcry.wire.admin_commands import COUNT_MAX
from outcry.wire.admin_messages import admin_op, balance_message, settings_message
from outcry.wire.entries import read_commands, read_entry, write_command
from outcry.wire.subjects import ORDER_GUEST

MOST = 9_000_000_000 * UNIT
KEY = "0123456789abcdef"
HEX = "0123456789abcdef"
ACCOUNTS = st.text("abcXYZ019", min_size=1, max_size=32)
SYMBOLS = st.text("ABC019./_-", max_size=31).map(lambda text: f"A{text}")
NAMES = st.text(st.characters(min_codepoint=32, max_codepoint=126, exclude_characters='"\\'))
IDS = NAMES.map(lambda name: name[:64])
UNITS, AMOUNTS = st.integers(1, MOST), st.integers(0, MOST)
FEES, BANDS = st.integers(0, FEE_MAX), st.integers(0, UNIT - 1)
COUNTS = st.integers(0, COUNT_MAX)
KEY_IDS = st.text(HEX, min_size=16, max_size=16)
KEYS = st.sampled_from(["", KEY])


def maybe(drawn: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(st.none(), drawn)


@st.composite
def listings(draw: st.DrawFn) -> ListInstrument:
    least, most = sorted((draw(UNITS), draw(UNITS)))
    prices = draw(UNITS), draw(UNITS), least, most, draw(UNITS)
    limits = draw(BANDS), draw(FEES), draw(FEES), draw(AMOUNTS), draw(AMOUNTS)
    state = draw(st.sampled_from(InstrumentState))
    return ListInstrument(Instrument(draw(SYMBOLS), *prices, draw(IDS), state, *limits), draw(KEYS))


@st.composite
def openings(draw: st.DrawFn) -> OpenAccount:
    kind, multiplier, shorting = AccountType.CASH, 1, False
    if draw(st.booleans()):
        kind, multiplier = AccountType.MARGIN, draw(st.integers(1, MULTIPLIER_MAX))
        shorting = draw(st.booleans())
    choices = draw(st.sampled_from(Access)), draw(st.sampled_from(SelfTradePrevention))
    return OpenAccount(draw(ACCOUNTS), kind, multiplier, shorting, *choices, draw(KEYS))


SIZES = maybe(AMOUNTS), maybe(AMOUNTS)
RATES = maybe(FEES), maybe(FEES)
OF_ALL = (
    maybe(st.sampled_from(SelfTradePrevention)),
    maybe(st.sampled_from(Access)),
    maybe(st.integers(1, MULTIPLIER_MAX)),
    maybe(st.booleans()),
    maybe(COUNTS),
    maybe(COUNTS),
    maybe(AMOUNTS),
)
IN_ONE = (st.none(),) * len(OF_ALL)
SETTINGS = st.one_of(
    st.builds(SetAccount, ACCOUNTS, st.just(""), *OF_ALL, *SIZES, *RATES, KEYS),
    st.builds(SetAccount, ACCOUNTS, SYMBOLS, *IN_ONE, *SIZES, *RATES, KEYS),
)
NONE, NO_SYMBOL = st.just(0), st.just("")
TRANSFERS = st.one_of(
    st.builds(Transfer, ACCOUNTS, st.booleans(), UNITS, NO_SYMBOL, NONE, NONE, IDS, KEYS),
    st.builds(Transfer, ACCOUNTS, st.just(True), NONE, SYMBOLS, UNITS, AMOUNTS, IDS, KEYS),
    st.builds(Transfer, ACCOUNTS, st.just(False), NONE, SYMBOLS, UNITS, NONE, IDS, KEYS),
)
MANY = st.lists(ACCOUNTS, min_size=1, max_size=KEY_ACCOUNTS_MAX, unique=True).map(tuple)
HASHES = st.text(HEX, min_size=64, max_size=64)
NEW_KEYS = st.one_of(
    st.builds(CreateKey, KEY_IDS, HASHES, st.sampled_from(Role), MANY, IDS, KEYS),
    st.builds(CreateKey, KEY_IDS, HASHES, st.just(Role.ADMIN), st.just(()), IDS, KEYS),
)
COMMANDS: st.SearchStrategy[AdminCommand] = st.one_of(
    listings(),
    openings(),
    SETTINGS,
    TRANSFERS,
    NEW_KEYS,
    st.builds(SetInstrument, SYMBOLS, maybe(BANDS), maybe(UNITS), *RATES, *SIZES, KEYS),
    st.builds(SetInstrumentState, SYMBOLS, st.sampled_from(InstrumentState), KEYS),
    st.builds(SetAccountState, ACCOUNTS, st.sampled_from(AccountState), KEYS),
    st.builds(SetMarket, maybe(COUNTS), maybe(COUNTS), maybe(AMOUNTS), *SIZES, KEYS),
    st.builds(Kill, st.booleans(), ACCOUNTS, NO_SYMBOL, KEYS),
    st.builds(Kill, st.booleans(), NO_SYMBOL, SYMBOLS, KEYS),
    st.builds(Kill, st.booleans(), NO_SYMBOL, NO_SYMBOL, KEYS),
    st.builds(RevokeKey, KEY_IDS, KEYS),
)


@given(COMMANDS)
def test_what_is_written_is_read_back(command: AdminCommand) -> None:
    """With the key of its sender it stands among order commands; without, under its own subject."""
    written = write_command(command, "")
    if command.key:
        assert read_commands(written, "") == [command]
    else:
        assert read_entry(admin_op(command), written, "") == [command]


@given(COMMANDS)
def test_nobody_else_may_send_it(command: AdminCommand) -> None:
    """Without a key it is not allowed, a guest knows no such command, and the operator has none."""
    bare = write_command(msgspec.structs.replace(command, key=""), "")
    keyed = write_command(msgspec.structs.replace(command, key=KEY), "")
    for read, reason, field in (
        (read_commands(bare, ""), "not_allowed", "key"),
        (read_entry(ORDER_GUEST, bare, ""), "malformed", "op"),
        (read_entry(ORDER_GUEST, keyed, ""), "malformed", "key"),
        (read_entry(admin_op(command), keyed, ""), "malformed", "key"),
    ):
        (refused,) = read
        assert (refused.reject.reason.word, refused.reject.field) == (reason, field)  # type: ignore[union-attr]


def test_a_balance_leaves_out_what_is_not_there() -> None:
    """Cash is always told; a short position with its sign."""
    money = UNIT * UNIT
    told = balance_message(Balance("ann", 0, 0))
    assert msgspec.json.encode(told) == b'{"account":"ann","cash":"0"}'
    told = balance_message(Balance("ann", -money // 4, 3 * money, "ACME", -5 * UNIT, 2 * UNIT))
    assert (told.cash, told.held) == ("-0.25", "3")
    assert (told.position, told.position_held) == ("-5", "2")
    told = balance_message(Balance("ann", 10**24 * money + 1, 0, "ACME", UNIT // 2, 0))
    assert (told.cash, told.position) == (f"{10**24}.{1:018d}", "0.5")


def test_settings_say_a_fee_of_zero() -> None:
    """It is one of its own, and not the same as none; a limit of 0 is none."""
    settings = Settings(
        account="ann",
        type=AccountType.MARGIN,
        state=AccountState.ACTIVE,
        access=Access.KEYS,
        prevention=SelfTradePrevention.NONE,
        multiplier=2,
        shorting=True,
        killed=False,
        limits=Limits(max_exposure=0),
        maker_fee=0,
        taker_fee=None,
        terms=(("ACME", Terms(max_position=UNIT, taker_fee=0)),),
    )
    told = settings_message(settings)
    assert (told.maker_fee, told.taker_fee, told.max_exposure) == ("0", "", "")
    (there,) = told.terms
    assert (there.symbol, there.max_position, there.taker_fee) == ("ACME", "1", "0")
    assert (there.maker_fee, there.max_notional) == ("", "")
