"""The API document, for programs and for people."""

from pathlib import Path

import msgspec
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from outcry.gateway.openapi import document

PAGE = Path(__file__).with_name("docs.html")
_POLICY = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:; "
    "connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
)
"""The page needs nothing of anybody else, and may not have it."""


def docs_routes() -> list[Route]:
    told = msgspec.json.encode(document())
    page = PAGE.read_bytes()

    async def for_programs(_: Request) -> Response:
        return Response(told, media_type="application/json")

    async def for_people(_: Request) -> Response:
        headers = {"content-security-policy": _POLICY, "x-content-type-options": "nosniff"}
        return Response(page, headers=headers, media_type="text/html")

    async def to_docs(_: Request) -> Response:
        return RedirectResponse("/docs")

    return [
        Route("/openapi.json", for_programs),
        Route("/docs", for_people),
        Route("/", to_docs, include_in_schema=False),
    ]
