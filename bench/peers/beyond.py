"""feedsvc without its fast path: every request goes through Flask."""

from feedsvc.app import create_app

app = create_app()
app.wsgi_app = getattr(app.wsgi_app, "beyond", app.wsgi_app)  # type: ignore[method-assign]
