"""The WSGI application: the service, its addresses, and what holds for every request."""

import os

from flask import Flask

from feedsvc import logs
from feedsvc.config import Config
from feedsvc.service import Service
from feedsvc.web.errors import handle_errors
from feedsvc.web.feeds import feeds
from feedsvc.web.health import health
from feedsvc.web.reading import pages
from feedsvc.web.requests import watch_requests


def create_app(config: Config | None = None) -> Flask:
    """The application under `config`, or under the settings of the environment. Raises `ConfigError`, `SchemaError`."""
    if config is None:  # pragma: no cover - as a server in a process of its own calls it
        config = Config.load(os.environ)
        logs.configure(config.log_level)
    service = Service(config)
    app = Flask("feedsvc", static_folder=None, template_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = config.request_bytes + 1
    app.url_map.merge_slashes = False
    app.extensions["feedsvc"] = service
    watch_requests(app, service)
    handle_errors(app, service.pages)
    for blueprint in (feeds(service), pages(service), health(service)):
        app.register_blueprint(blueprint)
    return app
