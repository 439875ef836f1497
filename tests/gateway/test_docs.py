"""The API document as it is served."""

import re

import httpx
import pytest
from starlette.applications import Starlette

from outcry.gateway import openapi
from outcry.gateway.docs import PAGE, docs_routes


@pytest.fixture
async def answer() -> dict[str, httpx.Response]:
    """What is at each address."""
    transport = httpx.ASGITransport(Starlette(routes=docs_routes()))
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as http:
        return {address: await http.get(address) for address in ("/docs", "/openapi.json", "/")}


async def test_programs_get_the_document(answer: dict[str, httpx.Response]) -> None:
    """/openapi.json is the document of this version."""
    response = answer["/openapi.json"]
    assert response.headers["content-type"] == "application/json"
    assert response.json() == openapi.document()


async def test_people_get_a_page(answer: dict[str, httpx.Response]) -> None:
    """/docs is a page that may run nothing but its own and speak to nobody but the gateway."""
    response = answer["/docs"]
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    policy = response.headers["content-security-policy"]
    assert "default-src 'none'" in policy and "connect-src 'self'" in policy
    assert "Open Outcry" in response.text


async def test_who_names_no_address_is_led_to_the_page(answer: dict[str, httpx.Response]) -> None:
    """A browser without a path finds /docs."""
    assert answer["/"].headers["location"] == "/docs"


def test_the_page_needs_nothing_of_anybody_else() -> None:
    """The page names no other address than the gateway's: it works without a network."""
    text = PAGE.read_text().replace("http://www.w3.org/2000/svg", "")
    assert not re.findall(r"https?://|@import|url\(|src=", text)
