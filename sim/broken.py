"""What a checker says when a rule does not hold."""


class Broken(Exception):
    """`rule` names it in a few words; the text says what was seen."""

    def __init__(self, rule: str, seen: str) -> None:
        super().__init__(f"{rule}: {seen}")
        self.rule = rule


def hold(holds: bool, rule: str, *seen: object) -> None:
    if not holds:
        raise Broken(rule, " ".join(map(str, seen)))
