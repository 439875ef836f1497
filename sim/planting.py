"""How bugs are planted in the real code, and go again."""

from collections.abc import Callable
from contextlib import ExitStack
from typing import Any
from unittest.mock import patch

Bug = Callable[[ExitStack], None]
"""Plants itself until the stack is left."""


def replace(stack: ExitStack, where: Any, name: str, mutant: Callable[..., Any]) -> None:
    """Put `mutant` in the place of a function; it is given the real one first."""
    real = getattr(where, name)

    def mutated(*arguments: Any, **named: Any) -> Any:
        return mutant(real, *arguments, **named)

    stack.enter_context(patch.object(where, name, mutated))
