"""The authoring API: articles in, over HTTP (docs/api.md)."""
