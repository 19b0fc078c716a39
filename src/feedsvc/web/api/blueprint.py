"""The API's addresses."""

from flask import Blueprint

from feedsvc.service import Service
from feedsvc.web.api.articles import declare_articles
from feedsvc.web.api.documents import declare_documents
from feedsvc.web.api.exchange import declare_exchange
from feedsvc.web.api.operations import Api
from feedsvc.web.api.tags import declare_tags


def api(service: Service) -> Blueprint:
    """`/api/articles`, `/api/tags`, `/api/import`, `/api/journal`, `/api/openapi.json`, `/api/docs`."""
    operations = Api(service)
    for declare in (declare_articles, declare_tags, declare_exchange, declare_documents):
        declare(operations)
    return operations.blueprint
