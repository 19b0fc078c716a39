"""Whether this process lives, and whether it can do its work."""

from flask import Blueprint, Response
from sqlalchemy.exc import SQLAlchemyError

from feedsvc.errors import DatabaseAway, SchemaError
from feedsvc.formats import left_out
from feedsvc.service import Service
from feedsvc.store import migration


def health(service: Service) -> Blueprint:
    """`/health` (the process answers) and `/ready` (the database is reachable and its schema current)."""
    blueprint = Blueprint("health", __name__)

    @blueprint.get("/health", endpoint="health")
    def alive() -> Response:
        return _plain("alive")

    @blueprint.get("/ready")
    def ready() -> Response:
        try:
            current = migration.is_current(service.database)
        except DatabaseAway:
            return _plain("The database does not answer.", 503)
        except (SchemaError, SQLAlchemyError):
            return _plain("The database cannot be read.", 503)
        if not current:
            return _plain("The database has another schema than this program.", 503)
        return _plain(
            f"ready: journal followed to {service.follower.position}, {service.cache.renders} documents rendered, "
            f"{service.cache.size} bytes cached, {left_out.value} entries left out of feeds"
        )

    return blueprint


def _plain(sentence: str, status: int = 200) -> Response:
    response = Response(f"{sentence}\n", status, mimetype="text/plain")
    response.headers["Cache-Control"] = "no-store"
    if status == 503:
        response.headers["Retry-After"] = "5"
    return response
