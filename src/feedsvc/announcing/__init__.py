"""Announcing: hubs, search engines and webhooks that the operator has named are told of each change."""
