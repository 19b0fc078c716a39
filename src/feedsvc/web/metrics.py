"""What Prometheus asks for."""

from flask import Blueprint, Response, request

from feedsvc.service import Service


def metrics(service: Service) -> Blueprint:
    """`/metrics`, unless the settings say that there is none. It names no article and needs no database."""
    blueprint = Blueprint("metrics", __name__)
    if not service.config.metrics:
        return blueprint

    @blueprint.get("/metrics", endpoint="metrics")
    def exposition() -> Response:
        body, content_type = service.metrics.exposition(request.headers.get("Accept", ""))
        return Response(body, headers={"Content-Type": content_type, "Cache-Control": "no-store"})

    return blueprint
