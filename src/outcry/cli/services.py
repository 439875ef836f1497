"""One service in this process. What it needs is imported when it runs, and nothing else."""

from outcry.cli.supervised import end_with_supervisor
from outcry.runtime.settings import (
    BrokerServiceSettings,
    GatewaySettings,
    OrderServiceSettings,
    TradeStreamServiceSettings,
)


def gateway(settings: GatewaySettings | None = None) -> int:
    """Takes orders over HTTP and WebSocket."""
    end_with_supervisor()
    from outcry.gateway.__main__ import main

    return main(settings or GatewaySettings())


def order_service(settings: OrderServiceSettings | None = None) -> int:
    """Matches orders."""
    end_with_supervisor()
    from outcry.orders.__main__ import main

    return main(settings or OrderServiceSettings())


def trade_stream_service(settings: TradeStreamServiceSettings | None = None) -> int:
    """Shows every completion live."""
    end_with_supervisor()
    from outcry.stream.__main__ import main

    return main(settings or TradeStreamServiceSettings())


def broker_service(settings: BrokerServiceSettings | None = None) -> int:
    """Keeps the books in SQL."""
    end_with_supervisor()
    from outcry.broker.__main__ import main

    return main(settings or BrokerServiceSettings())
