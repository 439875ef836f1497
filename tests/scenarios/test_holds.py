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


def test_every_hold_and_every_release_have_a_story() -> None:
    """A story of each hold tells each release, to the last unit: it sees the balance at its end."""
    told = {(story.path.stem, story.title): story for story in STORIES}
    for file, title in product(HOLDS.values(), RELEASES):
        assert (file, title) in told, f"{file}: {title}"
        _, last = told[file, title].lines[-1]
        assert last.startswith("balance frank "), f"{file}: {title}: {last}"
