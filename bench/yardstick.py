"""What HTTP itself costs: the gateway's server, a plain ASGI endpoint, a fixed answer."""

import sys
from typing import Any

import uvicorn

ANSWER = b"{" + b'"fixed":"answer",' * 29 + b'"end":1}'
"""As long as the execution of a new order: about 500 bytes."""


async def endpoint(_: Any, receive: Any, send: Any) -> None:
    while (await receive()).get("more_body"):
        pass
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(ANSWER))]
    await send({"type": "http.response.start", "status": 201, "headers": headers})
    await send({"type": "http.response.body", "body": ANSWER})


def main() -> None:
    uvicorn.run(
        endpoint,
        port=int(sys.argv[1]),
        loop="uvloop",
        http="httptools",
        ws="none",
        lifespan="off",
        access_log=False,
        log_config=None,
    )


if __name__ == "__main__":
    main()
