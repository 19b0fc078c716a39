"""feedsvc without its fast path: every request goes through Flask."""

from feedsvc.app import create_app

app = create_app()
app.wsgi_app = app.wsgi_app.beyond
