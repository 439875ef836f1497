"""A handshake says what a client wants to see, or is answered with what it should have said."""

import pytest

from outcry.stream.subscription import Refusal, Subscription, parse


@pytest.mark.parametrize(
    ("target", "wish"),
    [
        (b"/ws", Subscription(None, "")),
        (b"/ws?", Subscription(None, "")),
        (b"/ws?after=0", Subscription(0, "")),
        (b"http://localhost:8081/ws?after=1", Subscription(1, "")),
        (b"/ws?after=17&log=0123456789abc", Subscription(17, "0123456789abc")),
    ],
)
def test_what_a_client_may_ask_for(target: bytes, wish: Subscription) -> None:
    """A client follows live, or after an execution, or after an execution of a named log."""
    assert parse(target, "websocket") == wish


@pytest.mark.parametrize(
    ("target", "status", "said"),
    [
        (b"/", 404, "/ws"),
        (b"/ws/", 404, "/ws"),
        (b"/w\xffs", 404, "/ws"),
        (b"//[/ws", 404, "/ws"),
        (b"http://a]b/ws", 404, "/ws"),
        (b"/ws?after=", 400, "after=''"),
        (b"/ws?after=-1", 400, "after='-1'"),
        (b"/ws?after=1e3", 400, "after='1e3'"),
        (b"/ws?after=\xb2", 400, "after="),
        (b"/ws?after=99999999999999999", 400, "expected the seq"),
        (b"/ws?after=1&after=2", 400, "only one after"),
        (b"/ws?symbol=AAPL", 400, "'symbol'"),
        (b"/ws?a=1&b=2&c=3", 400, "only after and log"),
    ],
)
def test_what_is_refused(target: bytes, status: int, said: str) -> None:
    """What is not understood is refused, never guessed, and the message names it."""
    refusal = parse(target, "websocket")
    assert isinstance(refusal, Refusal)
    assert refusal.status == status
    assert said in refusal.message


def test_plain_http_is_told_to_upgrade() -> None:
    """A browser or curl that opens /ws is told that it is a WebSocket."""
    refusal = parse(b"/ws", "")
    assert isinstance(refusal, Refusal)
    assert refusal.status == 426
