"""What an administrator sends over HTTP: POST /admin, and keys.

The secret of a key is made here, told once to who asked for the key, and kept nowhere: the log, and
everybody who reads it, has its hash.
"""

from functools import partial
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from outcry.gateway.answers import ACCEPTED, OK, Answer
from outcry.gateway.asgi import (
    BODIES_MAX,
    malformed,
    named_fields,
    read_body,
    respond,
    sender_of,
    told,
)
from outcry.gateway.gate import Gate
from outcry.gateway.orders_http import post_commands
from outcry.gateway.room import Room
from outcry.gateway.senders import Sender, Senders
from outcry.gateway.sent import Door
from outcry.wire.books import NewKeyAnswer
from outcry.wire.keys import hash_secret, new_key, parse_key
from outcry.wire.messages import ExecutionMessage
from outcry.wire.requests import NewKey

_OF_KEY = frozenset(NewKey.__struct_fields__)
_read_object = msgspec.json.Decoder(dict[str, Any]).decode
_execution = msgspec.json.Decoder(ExecutionMessage).decode


class AdminRoutes:
    def __init__(self, gate: Gate, senders: Senders) -> None:
        self._gate = gate
        self._senders = senders
        self._room = Room(BODIES_MAX)

    async def post(self, request: Request) -> Response:
        """POST /admin: a command, or an array of them, as POST /order takes orders."""
        sender = sender_of(request, self._senders)
        return respond(await self._take(sender, await read_body(request, self._room)))

    async def create_key(self, request: Request) -> Response:
        """POST /keys: role, accounts and name; the answer has the key in it, this once."""
        sender = sender_of(request, self._senders)
        try:
            fields = _read_object(await read_body(request, self._room))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise malformed("the body is a JSON object with a role and accounts") from error
        for name in fields:
            if name not in _OF_KEY:
                raise malformed(f"a key has {', '.join(sorted(_OF_KEY))} and nothing else", name)
        text = new_key()
        parts = parse_key(text)
        assert parts is not None, "a new key is one"
        made = {"key_id": parts.key_id, "hash": hash_secret(parts.secret)}
        answer = await self._take(
            sender, msgspec.json.encode({**fields, "op": "key.create", **made})
        )
        return respond(_with_key(answer, text) if answer.status == ACCEPTED else answer)

    async def revoke_key(self, request: Request) -> Response:
        """DELETE /keys/{key_id}"""
        sender = sender_of(request, self._senders)
        named = named_fields(request)
        for name in named:
            if name != "key_id":
                raise malformed("an address of a key takes its key_id and nothing else", name)
        answer = await self._take(sender, msgspec.json.encode({"op": "key.revoke", **named}))
        return respond(answer._replace(status=OK) if answer.status == ACCEPTED else answer)

    async def _take(self, sender: Sender, body: bytes) -> Answer:
        return await told(partial(post_commands, self._gate, Door.ADMIN, sender, body))


def _with_key(answer: Answer, text: str) -> Answer:
    execution = _execution(answer.body)
    return Answer(answer.status, msgspec.json.encode(NewKeyAnswer(text, execution)))
