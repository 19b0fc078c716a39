"""What all sites of a process have in common (templates, phrases, routes, the SQL of statements), made once and not for
each site.

A process that serves has one site. The tests make hundreds in each of theirs, and half of the time went into this.
"""

from collections.abc import Callable
from functools import cache, partial
from types import CodeType
from typing import Any

from jinja2 import BytecodeCache, Environment
from jinja2.bccache import Bucket
from sqlalchemy import Connection, Engine, event
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.util import LRUCache
from werkzeug.routing import Rule

from feedsvc.pages import templates


class _InMemory(BytecodeCache):
    def __init__(self) -> None:
        self._compiled: dict[tuple[str, str], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._compiled.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        assert bucket.code
        self._compiled[bucket.key, bucket.checksum] = bucket.code


def keep_what_is_compiled() -> None:
    """From now on, in this process."""
    templates.Phrases = cache(templates.Phrases)
    templates.Environment = partial(Environment, bytecode_cache=_InMemory())
    Rule._compile_builder = _kept(Rule._compile_builder)
    # What is compiled for one database is good for another of its kind: all of ours are opened alike.
    for dialect in (PGDialect_psycopg, SQLiteDialect_pysqlite):
        dialect.__eq__ = lambda one, other: type(one) is type(other)
        dialect.__hash__ = lambda one: hash(type(one))
    statements: LRUCache[Any, Any] = LRUCache(_MOST_STATEMENTS)
    event.listen(Engine, "engine_connect", partial(_connect_with, statements))


_MOST_STATEMENTS = 2_000


def _connect_with(statements: LRUCache[Any, Any], connection: Connection) -> None:
    connection.execution_options(compiled_cache=statements)


def _kept(compile_builder: Callable[[Rule, bool], Any]) -> Callable[[Rule, bool], Any]:
    # Werkzeug has no door for this. A builder is told its rule when it is bound, and knows only what is in the key.
    builders: dict[tuple[Any, ...], Any] = {}

    def build(rule: Rule, append_unknown: bool = True) -> Any:
        key = rule.rule, rule.subdomain, repr(rule.defaults), append_unknown
        if key not in builders:
            builders[key] = compile_builder(rule, append_unknown)
        return builders[key]

    return build
