"""Every address of the gateway but POST /order, which is answered below ASGI."""

from prometheus_client import CollectorRegistry
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match, Route

from outcry.gateway.admin_http import AdminRoutes
from outcry.gateway.answers import failed
from outcry.gateway.asgi import Unacceptable, respond
from outcry.gateway.docs import docs_routes
from outcry.gateway.orders_http import OrderRoutes
from outcry.gateway.reads import Reads
from outcry.runtime.ops import Readiness, ops_routes

METHOD_NOT_ALLOWED = 405
_INSTEAD = {
    "/orders": 'orders go to POST /order; {"op": "cancel_all"} there cancels all that are open',
}
"""What somebody wants who tries another method on an address."""
UPGRADE_REQUIRED = 426


def gateway_app(
    orders: OrderRoutes,
    admin: AdminRoutes,
    reads: Reads,
    registry: CollectorRegistry,
    readiness: Readiness,
) -> Starlette:
    routes = [
        Route("/order", orders.post, methods=["POST"]),
        Route("/order", reads.order, methods=["GET"]),
        Route("/order", orders.replace, methods=["PATCH"]),
        Route("/order", orders.cancel, methods=["DELETE"]),
        Route("/order/{order_id}", reads.order, methods=["GET"]),
        Route("/order/{order_id}", orders.replace, methods=["PATCH"]),
        Route("/order/{order_id}", orders.cancel, methods=["DELETE"]),
        Route("/orders", reads.own("orders")),
        Route("/trades", reads.own("trades")),
        Route("/positions", reads.own("positions")),
        Route("/accounts", reads.own("accounts")),
        Route("/accounts/{account}", reads.own("account")),
        Route("/activities", reads.own("activities")),
        Route("/instruments", reads.public("instruments")),
        Route("/book/{symbol:path}", reads.public("book")),
        Route("/tape", reads.public("tape")),
        Route("/admin", admin.post, methods=["POST"]),
        Route("/keys", admin.create_key, methods=["POST"]),
        Route("/keys", reads.admin("keys"), methods=["GET"]),
        Route("/keys/{key_id}", admin.revoke_key, methods=["DELETE"]),
        Route("/audit", reads.admin("audit")),
        Route("/ws", _upgrade),
        *ops_routes(registry, readiness),
        *docs_routes(),
    ]
    handlers = {Unacceptable: _unacceptable, HTTPException: _failed, Exception: _defect}
    app = Starlette(routes=routes, exception_handlers=handlers)
    app.router.redirect_slashes = False  # an address is written in one way
    return app


async def _upgrade(_: Request) -> Response:
    """Whoever asks for a WebSocket never comes here."""
    body = failed(UPGRADE_REQUIRED, "upgrade_required", "this is a WebSocket; see /docs").body
    headers = {"upgrade": "websocket", "connection": "upgrade"}
    return Response(body, UPGRADE_REQUIRED, headers, "application/json")


async def _unacceptable(_: Request, error: Exception) -> Response:
    assert isinstance(error, Unacceptable)
    return respond(error.answer)


async def _failed(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if error.status_code == METHOD_NOT_ALLOWED:
        methods = ", ".join(sorted(_methods(request)))
        text = f"this address takes {methods}; {_INSTEAD.get(request.url.path, 'see /docs')}"
        body = failed(METHOD_NOT_ALLOWED, "method_not_allowed", text).body
        return Response(body, METHOD_NOT_ALLOWED, {"allow": methods}, "application/json")
    code = error.detail.lower().replace(" ", "_")
    return respond(failed(error.status_code, code, f"{error.detail}; see /docs for what there is"))


def _methods(request: Request) -> set[str]:
    """What the address of a request takes, over all of its routes."""
    matching = [
        route
        for route in request.app.routes
        if isinstance(route, Route) and route.matches(request.scope)[0] is not Match.NONE
    ]
    return {method for route in matching for method in route.methods or ()}


async def _defect(_: Request, __: Exception) -> Response:
    return respond(failed(500, "internal", "a defect of the gateway; its log says more"))
