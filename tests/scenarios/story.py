"""Stories in the trade's own words: a small language, and how one is read and played.

A file holds stories; `== title` begins one. It starts with an open venue that lists ACME (tick
0.01, lot 1, no narrow limits), where alice, bob, carol and others (`venue.TRADERS`) have accounts
of margin with as much money and as many shares, of whatever is listed, as anybody may need. Other
first lines:

    nobody                            ACME is listed, and nobody has an account yet
    closed [nobody]                   the venue is not open yet; the accounts come with `open`
    bounds touches 2 resting 3 instruments 1 accounts 1 ... [nobody]            so, and with these

Lines that act:

    open [engine 1] [clock entries] [start 5] [client_id_horizon 3]
    list ZINC tick 0.05 [lot 10] [min_quantity 10] [max_quantity 50] [max_price 20] [state halted]
    upgrade 4
    advance 5
    tick
    alice buy 7 ACME @ 16.00 [gtc|ioc|fok] [as a1]            without a price: a market order
    alice buy 7 ACME @ 16.00 day                              until 00:00 UTC
    alice buy 7 ACME @ 16.00 gtd good_until 7                 until then
    alice buy $100 ACME [@ 16.00] ...                         as many as are worth so much
    alice buy 7 ACME @ 16.00 post-only reduce-only            it may only rest, may only close
    alice buy 7 ACME @ 16.00 ioc least 5                      5 have to trade at once, or nothing
    alice sell 20 ACME @ 16.00 display 5                      of which the book shows 5 at a time
    alice sell 7 ACME stop 15.00 [@ 14.90] [trigger quote]    a stop order; with a price: stop-limit
    alice sell 7 ACME @ 17.00 oco stop 15.00 [stop-limit 14.90]       two ways to trade
    alice buy 7 ACME @ 16.00 take-profit 17 stop-loss 15 [stop-loss-limit 14.90]    and a1-exit
    alice sell 7 ACME trail 0.50 or trail-percent 5           a trailing stop
    alice replace a1 [quantity 5] [@ 15.00] [stop 14] [as a2] a1 or `order a1`: by the order's id
    alice replace a1 good_until 7
    alice cancel a1
    alice cancel-all [ACME] [buy|sell]
    alice silent-after 5                                      milliseconds; 0: never
    ... until 7                                               of an order command: it expires then

    account alice cash [keys] [cancel_oldest]                 opens it; `keys`: only who has one ...
    account alice margin [3] [shorting] ...                   ... acts for it, else anybody does
    account alice cancel_oldest                               of one that is there
    withdraw alice 100 [as t1]                                cash
    deposit alice 5 ACME [@ 16.00] [as t1]                    shares; withdrawn without a price
    set alice max_open_orders 2 taker_fee 0.001               whatever `account.set` takes
    set alice in ACME max_position 50
    set ACME price_band 0.05 reference_price 16               whatever `instrument.set` takes
    set market max_notional 1000                              whatever `market.set` takes
    state ACME halted
    state alice restricted
    kill alice|ACME|market
    release alice|ACME|market
    key k1 trade alice bob                                    role and accounts
    revoke k1
    ... by k1                                                 of any of these: with that key
    guest alice buy 7 ACME @ 16.00                            from the bus, where nobody has a key

    at 7                                                      the next entries come at that time
    send order.created {"op": 1}                              the very bytes of an entry
    send order.created 1001 of {}                             an array of as many
    & ...                                                     in one entry with the line before

What the venue answers is expected below the line; an answer without expectations must accept.

    expect held|new|partially_filled|filled|canceled|expired [reason] [filled 4] [left 3]
           [average 16.00] [shows 2]                          shows: of one with a display quantity
    expect accepted
    triggered a1 filled ...                                   a stop order, and what became of it
    moved a1-exit held ...                                    the exit of a1, as it is then
    terms type stop price none stop_price 15                  of the order that is told
    refused tick_size [price]                                 the reason, and the field at fault
    says needs 80                                             these words are in the text of that
    duplicate of a1 filled                                    names the execution that took a1
    trade 4 @ 16.00 with a1 [fee 0.64] [maker 0.32]           all trades, in their order
    withdrawn a1 [canceled self_trade]                        all others that went, in their order
    tells alice ACME, bob ACME                                whose balances are told; or `nobody`
    signed k1                                                 by which key it was sent; or `nobody`
    settings alice state restricted multiplier 2              some of those that are told
    settings alice in ACME max_position 50
    over [unfinished]                                         orders end, before the commands
    unfinished                                                accepted, but goes on later
    fired alice [unfinished]                                  her switch, before the commands
    goes-on alice [unfinished]                                the rest of her mass cancel, also then
    blocked                                                   accepted, and the id is given up
    fires 5                                                   when the switch does that is armed
    good-until 5                                              when the time of the order is over
    worth 100                                                 the notional of the order
    time 5                                                    log time of the answer

What is after all answers of an entry:

    book bid 15.50 x 4, ask 16.00 x 5, ask 16.10 x 1          all levels of ACME; `book empty`
    queue bid 15.50: a1 a2                                    who stands there, in their order
    balance alice cash 100 held 20, ACME 5 held 3             all she has; what is left out is 0
    power alice 180                                           what she may still spend
    reference ACME 16.00                                      its price, or `none`

In every story what the executions told of balances must be what the engine has, for every account
and after every entry; and what an account and a position hold is what its resting orders hold.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from tests.scenarios.expectations import EXPECTATIONS
from tests.scenarios.stage import Stage, in_words


class Story(NamedTuple):
    path: Path
    title: str
    lines: list[tuple[int, str]]
    """Number and text of each."""


def read_stories(path: Path) -> Iterator[Story]:
    story: Story | None = None
    for number, line in enumerate(path.read_text().splitlines(), 1):
        text = line.partition("#")[0].strip()
        if text.startswith("=="):
            if story is not None:
                yield story
            story = Story(path, text.removeprefix("==").strip(), [])
        elif text:
            assert story is not None, f"{path.name}:{number}: a story begins with == and its title"
            story.lines.append((number, text))
    if story is not None:
        yield story


def play(story: Story) -> Stage:
    """Perform a story; raises AssertionError with the place where it goes otherwise."""
    stage = Stage(in_words(story.lines[0][1]))
    for number, line in [*story.lines, (story.lines[-1][0], "curtain")]:
        try:
            perform(stage, line)
        except Exception as error:
            raise AssertionError(f"{story.path}:{number}: {line}: {error}") from error
    return stage


def perform(stage: Stage, line: str) -> None:
    verb, *words = in_words(line)
    expectation = EXPECTATIONS.get(verb)
    if expectation is None:
        stage.act(verb, words, line)
    else:
        stage.play_entry()
        expectation(stage, words)
