"""What is stored, and the database it is stored in."""

# Whoever goes through all tables has to find them all.
from feedsvc.store import push_tables, rankings_schema, search_schema

__all__ = ["push_tables", "rankings_schema", "search_schema"]
