"""What the commands of one entry may still do: the bounds that keep an answer in one message."""


class Work:
    """`touches`: resting orders that may still change, `looks`: that may still be looked at.

    `told`: executions of what nobody sent, so far.
    """

    __slots__ = ("looks", "told", "touches")

    def __init__(self) -> None:
        self.touches = 0
        self.looks = 0
        self.told = 0

    def begin(self, touches: int, looks: int) -> None:
        """A new entry has come."""
        self.touches, self.looks, self.told = touches, looks, 0
