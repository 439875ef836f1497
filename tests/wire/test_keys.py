"""The text of a key and where it stands in a handshake."""

from hashlib import sha256

import pytest

from outcry.wire.keys import credentials, hash_secret, new_key, parse_key

ID, SECRET = "0123456789abcdef", "f" * 64
KEY = f"ook_{ID}_{SECRET}"


def test_a_new_key_can_be_read_and_is_nobodys() -> None:
    """A key that was just made has an id and a secret, and no two are the same."""
    first, second = parse_key(new_key()), parse_key(new_key())
    assert first is not None
    assert second is not None
    assert {len(first.key_id), len(second.key_id)} == {16}
    assert {len(first.secret), len(second.secret)} == {64}
    assert first.key_id != second.key_id
    assert first.secret != second.secret


@pytest.mark.parametrize(
    "text",
    ["", "ook_", KEY[:-1], KEY + "0", KEY.upper(), f" {KEY}", f"{KEY}\n", KEY.replace("ook", "oo")],
)
def test_what_is_no_key_is_none(text: str) -> None:
    """Only the whole text of a key, in lower case, is one."""
    assert parse_key(text) is None


def test_the_hash_is_of_the_text_of_the_secret() -> None:
    """Anybody can compute it with sha256sum."""
    assert parse_key(KEY) == (ID, SECRET)
    assert hash_secret(SECRET) == sha256(b"f" * 64).hexdigest()


@pytest.mark.parametrize(
    ("headers", "found"),
    [
        ([], ""),
        ([("Host", "x"), ("Authorization", f"Bearer {KEY}")], KEY),
        ([("authorization", f"bearer  {KEY} ")], KEY),
        ([("Authorization", "Basic dTpw")], ""),
        ([("Authorization", "Bearer")], ""),
        ([("Sec-WebSocket-Protocol", f"outcry, {KEY}")], KEY),
        ([("sec-websocket-protocol", "outcry"), ("sec-websocket-protocol", KEY)], KEY),
        ([("Sec-WebSocket-Protocol", "chat, superchat")], ""),
        ([("Sec-WebSocket-Protocol", "ook_other"), ("Authorization", f"Bearer {KEY}")], KEY),
        ([("Authorization", "Bearer nonsense")], "nonsense"),
        ([("Authorization", f"Bearer {KEY}"), ("authorization", f"Bearer {KEY}")], None),
        ([("Authorization", ""), ("Authorization", f"Bearer {KEY}")], None),
    ],
)
def test_a_key_comes_as_a_bearer_token_or_as_a_subprotocol(
    headers: list[tuple[str, str]], found: str | None
) -> None:
    """A bearer token goes before subprotocols, and what stands there is told as it is; of two
    Authorization headers none counts."""
    assert credentials(headers) == found
