"""Documents with sections that are made, each between a mark and the next `<!-- end -->`.

    <!-- made: rejects -->
    … whatever stands here is replaced …
    <!-- end -->

What stands outside of the marks is written by hand and never touched.
"""

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

Sections = Mapping[str, Callable[[], str]]
"""Name, and what makes its text."""

_MADE = re.compile(r"<!-- made: ([a-z-]+) -->\n.*?<!-- end -->", re.DOTALL)


class Document(NamedTuple):
    """A Markdown file and the sections in it that are made."""

    path: Path
    sections: Sections

    def renewed(self) -> str:
        """The text with every section made anew. Raises ValueError: they are not those marked."""
        text = self.path.read_text(encoding="utf-8")
        marked = _MADE.findall(text)
        if sorted(marked) != sorted(self.sections):
            raise ValueError(
                f"{self.path.name} marks {', '.join(marked)}; made are {', '.join(self.sections)}"
            )
        return _MADE.sub(self._replace_section, text)

    def _replace_section(self, match: re.Match[str]) -> str:
        name = match[1]
        return f"<!-- made: {name} -->\n\n{self.sections[name]()}\n\n<!-- end -->"
