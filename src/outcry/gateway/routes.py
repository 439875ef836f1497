"""Every address of the gateway but POST /order, which is answered below ASGI."""

from prometheus_client import CollectorRegistry
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from outcry.gateway.orders_http import OrderRoutes
from outcry.gateway.reads import Reads
from outcry.runtime.ops import Readiness, ops_routes


def gateway_app(
    orders: OrderRoutes, reads: Reads, registry: CollectorRegistry, readiness: Readiness
) -> Starlette:
    routes = [
        Route("/order", reads.order_by_client_id, methods=["GET"]),
        Route("/order", orders.replace, methods=["PATCH"]),
        Route("/order", orders.cancel, methods=["DELETE"]),
        Route("/order/{order_id}", reads.order, methods=["GET"]),
        Route("/order/{order_id}", orders.replace, methods=["PATCH"]),
        Route("/order/{order_id}", orders.cancel, methods=["DELETE"]),
        Route("/orders", reads.listing, methods=["GET"]),
        Route("/trades", reads.listing, methods=["GET"]),
        Route("/positions", reads.listing, methods=["GET"]),
        Route("/instruments", reads.listing, methods=["GET"]),
        Route("/book/{symbol}", reads.book, methods=["GET"]),
        *ops_routes(registry, readiness),
    ]
    return Starlette(routes=routes, exception_handlers={HTTPException: _failed, Exception: _defect})


async def _failed(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    code = {404: "not_found", 405: "method_not_allowed"}.get(error.status_code, "failed")
    body = {"error": {"code": code, "message": f"{error.detail}; see /docs for what there is"}}
    return JSONResponse(body, error.status_code, error.headers)


async def _defect(_: Request, __: Exception) -> Response:
    text = "a defect of the gateway; its log says more"
    return JSONResponse({"error": {"code": "internal", "message": text}}, 500)
