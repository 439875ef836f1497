"""What the commands of one entry may still do: the bounds that keep an answer in one message."""


class Work:
    """`touches`: resting orders that may still change, `looks`: that may still be looked at."""

    __slots__ = ("looks", "touches")

    def __init__(self) -> None:
        self.touches = 0
        self.looks = 0
