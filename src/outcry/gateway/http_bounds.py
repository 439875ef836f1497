"""Uvicorn's HTTP protocol with the bounds that it leaves open, for every request of the server.

| a client that                                        | is                                      |
|------------------------------------------------------|-----------------------------------------|
| takes over `request_timeout` seconds to send one     | answered 408 and disconnected           |
| sends over `OVERHEAD_LIMIT` bytes without body       | answered 431 and disconnected           |
| sends what is not HTTP                               | answered 400 and disconnected           |
| sends requests faster than they are answered         | not read until its queue is empty       |
| does not take its answers                            | not read until it does                  |
| is to be disconnected and still does not take them   | dropped after `request_timeout` seconds |
| sends requests after one with `Connection: close`    | not heard                               |

An error is an answer in the queue like any other: the requests before it keep their answers.
"""

from __future__ import annotations

import asyncio
import enum
from collections import deque
from typing import Any, ClassVar, cast

from uvicorn._types import ASGI3Application
from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from outcry.gateway.http_cycle import DirectCycle, Refusal, error_answer

OVERHEAD_LIMIT = 64 * 1024
"""Bytes of headers, trailers and chunk framing that may arrive without a piece of body."""


class Reading(enum.Enum):
    """What the client is sending."""

    IDLE = enum.auto()  # nothing: the last request is complete
    HEAD = enum.auto()  # a request's headers
    BODY = enum.auto()  # its body
    UPGRADE = enum.auto()  # the rest of a request after which this is a WebSocket
    OVER = enum.auto()  # nothing that is read


class Flow(FlowControl):
    """Reads on only while the client takes its answers and none of its requests is queued."""

    def __init__(self, transport: asyncio.Transport, queue: deque[Any]) -> None:
        super().__init__(transport)
        self._queue = queue

    def resume_reading(self) -> None:
        if not self.write_paused and not self._queue:
            super().resume_reading()

    def pause_writing(self) -> None:
        super().pause_writing()
        self.pause_reading()

    def resume_writing(self) -> None:
        super().resume_writing()
        self.resume_reading()


class BoundedHttpProtocol(HttpToolsProtocol):
    """One client connection."""

    request_timeout: ClassVar[float] = 10.0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.flow = Flow(transport, self.pipeline)
        self.reading = Reading.HEAD
        self.overhead = 0
        self.request_timer: asyncio.TimerHandle | None = None
        self._watch_request()

    def connection_lost(self, exc: Exception | None) -> None:
        self._unset_request_timer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self.reading is Reading.OVER:
            return
        if self.reading is Reading.IDLE:
            self.reading = Reading.HEAD
        self.overhead += len(data)
        super().data_received(data)
        if self.reading is not Reading.IDLE:
            self._watch_request()

    def on_message_begin(self) -> None:
        # Not super().on_message_begin(): the scope is made when the request turns out to need one.
        if self.reading is not Reading.OVER:
            self._unset_keepalive_if_required()
            self.reading = Reading.HEAD
            self.url = b""
            self.headers = []
            self.expect_100_continue = False

    def on_headers_complete(self) -> None:
        if self.reading is Reading.OVER:
            return
        if not (self.parser.should_upgrade() and self._should_upgrade()):
            self.begin_request()
            if self.reading is Reading.HEAD:
                self.reading = Reading.BODY
        elif self.is_answering():
            self.refuse(400, "early_upgrade", "Wait for your answers before you upgrade.")
        else:
            self.begin_asgi_request()
            self.reading = Reading.UPGRADE

    def begin_request(self) -> None:
        """A request's headers are complete; a subclass may answer it without ASGI."""
        self.begin_asgi_request()

    def begin_asgi_request(self) -> None:
        url, headers, expect = self.url, self.headers, self.expect_100_continue
        super().on_message_begin()
        self.url, self.expect_100_continue = url, expect
        self.headers += headers
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        if self.reading is not Reading.BODY:
            return
        self.overhead = 0
        if isinstance(self.cycle, DirectCycle):
            self.cycle.add_body(body)
        else:
            super().on_body(body)

    def on_message_complete(self) -> None:
        if self.reading is not Reading.BODY:
            return
        self.overhead = 0
        self._unset_request_timer()
        self.reading = Reading.IDLE if self.cycle.keep_alive else Reading.OVER
        if isinstance(self.cycle, DirectCycle):
            self.cycle.end_body()
        else:
            super().on_message_complete()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self.flow.resume_reading()

    def handle_websocket_upgrade(self) -> None:
        if self.reading is Reading.UPGRADE:
            self._unset_request_timer()
            super().handle_websocket_upgrade()

    def send_400_response(self, msg: str) -> None:
        """Uvicorn found that what it reads is not HTTP."""
        self.refuse(400, "malformed_http", f"{msg} Send HTTP/1.1.")

    def timeout_keep_alive_handler(self) -> None:
        if self.request_timer is None:  # else a request is on its way and has its own timer
            self.close()

    def close(self) -> None:
        self.transport.close()
        if self.transport.get_write_buffer_size():
            self.loop.call_later(self.request_timeout, self.transport.abort)

    def is_answering(self) -> bool:
        last = cast("RequestResponseCycle | None", self.cycle)
        return bool(self.pipeline) or (last is not None and not last.response_complete)

    def enqueue(self, cycle: DirectCycle) -> None:
        waits = self.is_answering()
        self.cycle = cycle
        if waits:
            self.flow.pause_reading()
            self.pipeline.appendleft((cycle, self.app))
        else:
            cycle.start()

    def refuse(self, status: int, code: str, message: str) -> None:
        """Answer the request that is being read with an error, in its turn; read no other."""
        reading, self.reading = self.reading, Reading.OVER
        self._unset_request_timer()
        if reading is Reading.BODY and self.cycle.response_started:
            self.close()  # its answer did not wait for its body
            return
        if reading is Reading.BODY:
            self._withdraw()
        if reading is not Reading.OVER:
            self.enqueue(Refusal(self, error_answer(status, code, message)))

    def _withdraw(self) -> None:
        self.cycle.disconnected = self.cycle.response_complete = True
        self.cycle.message_event.set()
        if self.pipeline:
            self.pipeline.popleft()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        if isinstance(cycle, DirectCycle):
            # Not at once: a queue of requests that are answered at once would recurse.
            self.loop.call_soon(cycle.start)
        else:
            super()._start_asgi_task(cycle, app)

    def _watch_request(self) -> None:
        if self.overhead > OVERHEAD_LIMIT:
            self.refuse(431, "headers_too_large", f"The headers are over {OVERHEAD_LIMIT} bytes.")
        elif self.request_timer is None and self.reading is not Reading.OVER:
            self.request_timer = self.loop.call_later(self.request_timeout, self._time_out_request)

    def _unset_request_timer(self) -> None:
        if self.request_timer is not None:
            self.request_timer.cancel()
            self.request_timer = None

    def _time_out_request(self) -> None:
        self.request_timer = None
        if self.flow.read_paused and not self.flow.write_paused:
            self._watch_request()  # it is the server that does not read
        else:
            message = f"No complete request came within {self.request_timeout:g} seconds."
            self.refuse(408, "request_timeout", message)
