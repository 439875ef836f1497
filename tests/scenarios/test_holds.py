"""What orders hold, and what lets it go: for each of both together there is a story."""

from itertools import product

from tests.scenarios.test_scenarios import STORIES

HOLDS = {
    "a buy of a cash account": "holds_buy",
    "a short sale": "holds_short",
    "a sell of what is there": "holds_sell",
    "a cover of what is owed": "holds_cover",
    "a sell at a loss": "holds_loss",
    "a buy on margin with fees": "holds_fees",
}
"""What holds something, and the file about it."""
RELEASES = (
    "It rests",
    "A part is filled",
    "It is filled",
    "It is cancelled",
    "A mass cancel takes it",
    "The dead man's switch takes it",
    "Its time is over",
    "It is made smaller in its place",
    "It is made larger",
    "It goes to another price",
    "It has traded and is replaced",
    "A replace is refused",
    "Its own account withdraws it",
    "It stops at its own account",
    "The rest of an immediate order goes",
    "A fill-or-kill order is killed",
    "The rest of a market order goes",
    "It trades at a better price",
)
"""What changes a hold, or never begins one: the titles of the stories in each of those files."""

WAITING_HOLDS = {
    "a stop order to buy": "holds_stop",
    "a stop order to sell what is there": "holds_stop_sell",
    "a stop-limit order to sell short, with fees": "holds_stop_limit",
    "an order with two ways to trade": "holds_two_ways",
    "a trailing stop order": "holds_trail",
}
"""What holds something while it waits for its stop price, and the file about it."""
WAITING_RELEASES = (
    "It waits",
    "It is set off and filled",
    "It is set off, and its rest goes",
    "It is set off, and meets its own account",
    "It is cancelled",
    "A mass cancel takes it",
    "The dead man's switch takes it",
    "Its time is over",
    "It is made smaller in its place",
    "It is made larger",
    "It waits for another price",
    "A replace is refused",
)
"""What changes that, or ends it."""
EXIT = "holds_exit"
"""The file about an exit, which holds what its parent has filled."""
EXIT_RELEASES = (
    "Its parent rests",
    "A part of its parent is filled",
    "More of its parent is filled",
    "Its parent is filled",
    "Its parent is cancelled",
    "Its parent is cancelled untouched",
    "Its parent is made smaller",
    "Its parent goes to another price",
    "It gains",
    "It gains in part",
    "It is set off and filled",
    "It is set off, and its rest goes",
    "It is cancelled",
    "A mass cancel takes both",
    "The dead man's switch takes both",
    "Their time is over",
    "It goes to other prices",
    "A replace is refused",
)
"""What begins that, changes it, or ends it."""
MATRIX = (
    *product(HOLDS.values(), RELEASES),
    *product(WAITING_HOLDS.values(), WAITING_RELEASES),
    *product((EXIT,), EXIT_RELEASES),
)


def test_every_hold_and_every_release_have_a_story() -> None:
    """A story of each hold tells each release, to the last unit: it sees the balance at its end."""
    told = {(story.path.stem, story.title): story for story in STORIES}
    for file, title in MATRIX:
        assert (file, title) in told, f"{file}: {title}"
        _, last = told[file, title].lines[-1]
        assert last.startswith("balance frank "), f"{file}: {title}: {last}"
