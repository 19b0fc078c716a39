"""The WSGI application: the service, its addresses, and what holds for every request."""

import os
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from feedsvc import heap, logs
from feedsvc.config import Config
from feedsvc.pages.site import Pages
from feedsvc.service import Service
from feedsvc.web.api.blueprint import api
from feedsvc.web.discovery import discovery
from feedsvc.web.embeds import embeds
from feedsvc.web.errors import handle_errors
from feedsvc.web.fastpath import FastPath
from feedsvc.web.feeds import feeds
from feedsvc.web.health import health
from feedsvc.web.hub import hub
from feedsvc.web.metrics import metrics
from feedsvc.web.rankings import rankings
from feedsvc.web.reading import pages
from feedsvc.web.requests import ignore_host, tidy_paths, watch_requests
from feedsvc.web.search import search

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication


def create_app(config: Config | None = None) -> Flask:
    """The application under `config`, or under the settings of the environment. Raises `ConfigError`, `SchemaError`."""
    if config is None:  # pragma: no cover - as a server in a process of its own calls it
        config = Config.load(os.environ)
        logs.configure(config.log_level)
        app = create_app(config)
        heap.settle()
        return app
    service = Service(config)
    app = Flask("feedsvc", static_folder=None, template_folder=None)
    app.url_map.merge_slashes = False
    app.extensions["feedsvc"] = service
    watch_requests(app, service)
    handle_errors(app, Pages(config, service.templates), config.frame_ancestors)
    for blueprint in (feeds, search, rankings, embeds, pages, discovery, hub, api, health, metrics):
        app.register_blueprint(blueprint(service))
    # Flask's documentation wraps wsgi_app by assigning to it; a type checker takes it for a method.
    app.wsgi_app = _in_front_of(app.wsgi_app, service)  # type: ignore[method-assign, assignment]
    return app


def _in_front_of(application: "WSGIApplication", service: Service) -> "WSGIApplication":
    """What a request passes before it reaches `application`."""
    inwards: list[Callable[[WSGIApplication], WSGIApplication]]
    inwards = [ignore_host, tidy_paths, partial(FastPath, service=service)]
    if service.config.trusted_proxies:
        # Whose request it is costs time to find out. The fast path has no use for it but in the access log.
        proxies = partial(ProxyFix, x_for=service.config.trusted_proxies)
        inwards.insert(3 if service.config.access_log else 2, proxies)
    for layer in inwards:
        application = layer(application)
    return application
