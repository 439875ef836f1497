"""Uvicorn's HTTP protocol with the bounds that it leaves open, for every request of the server.

| a client that                                        | is                                      |
|------------------------------------------------------|-----------------------------------------|
| comes when `CLIENTS_MAX` are there already           | answered 503 and disconnected           |
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
import math
from collections import deque
from typing import Any, ClassVar, cast

from uvicorn._types import ASGI3Application
from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from outcry.gateway.answers import failed
from outcry.gateway.http_cycle import DirectCycle, Refusal

CLIENTS_MAX = 4_096
"""Of HTTP and WebSocket together: what uvicorn's `limit_concurrency` is to be."""
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
        if self.read_paused and not self.write_paused and not self._queue:
            super().resume_reading()

    def pause_writing(self) -> None:
        super().pause_writing()
        self.pause_reading()

    def resume_writing(self) -> None:
        super().resume_writing()
        self.resume_reading()


class BoundedHttpProtocol(HttpToolsProtocol):
    """One client connection.

    `deadline` says until when the client has time for what it is doing, in loop time. One timer a
    connection looks at it now and then, because a timer for each request costs a tenth of an order.
    """

    request_timeout: ClassVar[float] = 10.0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.flow = Flow(transport, self.pipeline)
        self.reading = Reading.HEAD
        self.overhead = 0
        self.asgi_cycle: RequestResponseCycle | None = None
        self.deadline = self.loop.time() + self.request_timeout
        self.clock = self.loop.call_at(self.deadline, self._look_at_deadline)
        # Uvicorn counts at each request, so that who comes too late would stop those who are in.
        clients_max, self.limit_concurrency = self.limit_concurrency, None
        self.one_too_many = clients_max is not None and len(self.connections) > clients_max

    def connection_lost(self, exc: Exception | None) -> None:
        self.clock.cancel()
        super().connection_lost(exc)  # which knows of the newest request only
        if self.asgi_cycle is not None:
            self._abandon(self.asgi_cycle)

    def data_received(self, data: bytes) -> None:
        if self.reading is Reading.OVER:
            return
        if self.reading is Reading.IDLE:
            self._begin_head()
        self.overhead += len(data)
        super().data_received(data)
        if self.overhead > OVERHEAD_LIMIT:
            self.refuse(431, "headers_too_large", f"The headers are over {OVERHEAD_LIMIT} bytes.")

    def on_message_begin(self) -> None:
        # Not super().on_message_begin(): the scope is made when the request turns out to need one.
        if self.reading is not Reading.OVER:
            self._begin_head()
            self.url = b""
            self.headers = []
            self.expect_100_continue = False

    def _begin_head(self) -> None:
        if self.reading is Reading.IDLE:
            self.reading = Reading.HEAD
            self.deadline = self.loop.time() + self.request_timeout

    def on_headers_complete(self) -> None:
        if self.reading is Reading.OVER:
            return
        if self.one_too_many:
            self.refuse(503, "too_many_clients", "Too many clients are connected; come back later.")
        elif not (self.parser.should_upgrade() and self._should_upgrade()):
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
        self.reading = Reading.IDLE if self.cycle.keep_alive else Reading.OVER
        self.deadline = math.inf  # it is the server's turn
        if isinstance(self.cycle, DirectCycle):
            self.cycle.end_body()
        elif self.cycle.response_complete:
            self._begin_idling()
        else:
            super().on_message_complete()

    def on_response_complete(self) -> None:
        # Not super().on_response_complete(), which sets a timer.
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            self.close()
        elif self.pipeline:
            self._start_asgi_task(*self.pipeline.pop())
        elif self.reading is Reading.IDLE or self.reading is Reading.OVER:
            self._begin_idling()
        self.flow.resume_reading()

    def _begin_idling(self) -> None:
        self.deadline = self.loop.time() + self.timeout_keep_alive

    def handle_websocket_upgrade(self) -> None:
        if self.reading is Reading.UPGRADE:
            self.clock.cancel()
            self.reading = Reading.OVER
            super().handle_websocket_upgrade()

    def send_400_response(self, msg: str) -> None:
        """Uvicorn found that what it reads is not HTTP."""
        self.refuse(400, "malformed_http", f"{msg} Send HTTP/1.1.")

    def close(self) -> None:
        """Close when the client has taken its answers, or does not take them in time."""
        self.transport.close()
        self.deadline = self.loop.time() + self.request_timeout

    def is_answering(self) -> bool:
        last = cast("RequestResponseCycle | None", self.cycle)
        return bool(self.pipeline) or (last is not None and not last.response_complete)

    def enqueue(self, cycle: DirectCycle) -> None:
        is_answering = self.is_answering()
        self.cycle = cycle
        if is_answering:
            self.flow.pause_reading()
            self.pipeline.appendleft((cycle, self.app))
        else:
            cycle.start()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        if isinstance(cycle, DirectCycle):
            # Not at once: a queue of requests that are answered at once would recurse.
            self.loop.call_soon(cycle.start)
        else:
            self.asgi_cycle = cycle
            super()._start_asgi_task(cycle, app)

    def refuse(self, status: int, code: str, message: str) -> None:
        """Answer the request that is being read with an error, in its turn; read no other."""
        reading, self.reading = self.reading, Reading.OVER
        if reading is Reading.OVER:
            return
        if reading is Reading.BODY and self.cycle.response_started:
            self.close()  # its answer did not wait for its body
            return
        self.deadline = math.inf
        refusal = Refusal(self, failed(status, code, message))
        if reading is Reading.BODY and self.pipeline:  # it is the last in the queue
            self.cycle = refusal
            self.pipeline[0] = (refusal, self.app)
        else:
            if reading is Reading.BODY:
                self._abandon(self.cycle)
            self.enqueue(refusal)

    def _abandon(self, cycle: RequestResponseCycle) -> None:
        """To its application, the client has disconnected."""
        cycle.disconnected = cycle.response_complete = True
        cycle.message_event.set()

    def _look_at_deadline(self) -> None:
        now = self.loop.time()
        if now >= self.deadline:
            self.deadline = now + self.request_timeout
            self._run_out_of_time()
        look_again = min(self.deadline, now + self.request_timeout)
        self.clock = self.loop.call_at(look_again, self._look_at_deadline)

    def _run_out_of_time(self) -> None:
        if self.transport.is_closing():
            self.transport.abort()
        elif self.reading is Reading.IDLE or self.reading is Reading.OVER:
            self.close()
        elif self.flow.write_paused or not self.flow.read_paused:  # else it is the server's fault
            message = f"No complete request came within {self.request_timeout:g} seconds."
            self.refuse(408, "request_timeout", message)
