"""`python -m docs`: make the documents anew; says which have changed."""

import sys

from docs.operating import OPERATING
from docs.protocol import PROTOCOL
from docs.rules import RULES
from docs.sections import Document

DOCUMENTS: tuple[Document, ...] = (PROTOCOL, OPERATING, RULES)


def main() -> None:
    for document in DOCUMENTS:
        text = document.renewed()
        if text != document.path.read_text(encoding="utf-8"):
            document.path.write_text(text, encoding="utf-8")
            sys.stdout.write(f"renewed {document.path.name}\n")


if __name__ == "__main__":
    main()
