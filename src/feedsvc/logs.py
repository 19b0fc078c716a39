"""The log: one JSON object a line on stderr, each with the id of the request it belongs to."""

import logging
from contextvars import ContextVar
from logging.config import dictConfig
from typing import Any

request_id: ContextVar[str] = ContextVar("request_id", default="")
"""The id of the request that is being answered; empty outside of one."""


class _RequestId(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = request_id.get()
        return True


def configure(level: str) -> None:
    """Send everything at least as serious as `level` to stderr, one line each."""
    dictConfig(configuration(level))


def configuration(level: str) -> dict[str, Any]:
    """The same for `logging.config.dictConfig`, for a server that configures its own processes."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"request_id": {"()": _RequestId}},
        "formatters": {
            "json": {
                "()": "pythonjsonlogger.json.JsonFormatter",
                "format": "%(levelname)s %(name)s %(message)s %(request_id)s %(process)d",
                "rename_fields": {"levelname": "level", "name": "logger", "process": "pid"},
                "timestamp": "at",
            }
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json", "filters": ["request_id"]}},
        "root": {"level": level.upper(), "handlers": ["stderr"]},
        # Whoever asks for the access log gets it, however quiet the rest is to be.
        "loggers": {"alembic": {"level": "WARNING"}, "feedsvc.access": {"level": "INFO"}},
    }
