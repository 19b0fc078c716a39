"""feedsvc: articles in, cached feeds and pages out."""

__version__ = "0.5.0"
