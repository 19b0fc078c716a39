"""Languages and authors get channels; what stands in a channel, a part for ever; the journal says who stood where."""

import json
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

from feedsvc.selection import author_slug, language_slugs

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
# As many as a feed has by default. What comes later fills parts as long as the settings say.
PART = 50
PAGE = 2_000


def upgrade() -> None:
    op.add_column("article", sa.Column("lines", sa.JSON, nullable=False, server_default="[]"))
    op.add_column("article", sa.Column("translation_of", sa.Text))
    there = sa.text("translation_of IS NOT NULL")
    op.create_index("article_by_original", "article", ["translation_of"], sqlite_where=there, postgresql_where=there)
    op.add_column("channel", sa.Column("kind", sa.Text, nullable=False, server_default="line"))
    op.execute("UPDATE channel SET kind = 'tag' WHERE id <> 0")
    languages = sa.text("kind = 'language'")
    op.create_index("channel_of_language", "channel", ["slug"], sqlite_where=languages, postgresql_where=languages)
    for column, value in (("part", "1"), ("part_articles", "0")):
        op.add_column("channel", sa.Column(column, NUMBER, nullable=False, server_default=value))
    for table in ("placement", "tombstone"):
        op.add_column(table, sa.Column("part", NUMBER, nullable=False, server_default="1"))
    op.add_column("touch", sa.Column("stood", NUMBER, nullable=False, server_default="3"))
    op.add_column("touch", sa.Column("part", NUMBER, nullable=False, server_default="0"))
    op.create_table(
        "tag_label",
        sa.Column("channel_id", NUMBER, sa.ForeignKey("channel.id"), primary_key=True),
        sa.Column("language", sa.Text, primary_key=True),
        sa.Column("label", sa.Text, nullable=False),
        sqlite_with_rowid=False,
    )
    _place_by_language_and_author()
    _number_the_parts()
    for table in ("placement", "tombstone"):
        op.create_index(f"{table}_by_part", table, ["channel_id", "part"])
    known = sa.text("part <> 0")
    op.create_index("touch_by_part", "touch", ["channel_id", "part", "seq"], sqlite_where=known, postgresql_where=known)


def _place_by_language_and_author() -> None:
    """Give every language and author a channel, and put the articles of each into it, standing or buried."""
    connection = op.get_bind()
    channels: dict[str, int] = {}
    counts: dict[int, int] = {}
    first = connection.execute(sa.text("SELECT max(id) FROM channel")).scalar() or 0
    insert = {
        table: sa.text(f"INSERT INTO {table} (channel_id, published_at, article_id) VALUES (:channel, :at, :article)")
        for table in ("placement", "tombstone")
    }
    for rows in _articles(connection):
        lines: list[dict[str, Any]] = []
        places: dict[str, list[dict[str, Any]]] = {"placement": [], "tombstone": []}
        for row in rows:
            named = _named(row)
            for slug, (kind, label) in named.items():
                if slug not in channels:
                    channels[slug] = first + len(channels) + 1
                    new = sa.text(
                        "INSERT INTO channel (id, slug, label, articles, kind) VALUES (:id, :slug, :label, 0, :kind)"
                    )
                    connection.execute(new, {"id": channels[slug], "slug": slug, "label": label, "kind": kind})
            numbers = [channels[slug] for slug in named]
            lines.append({"article": row.id, "lines": json.dumps(numbers)})
            table = "placement" if row.retracted_at is None else "tombstone"
            if table == "placement" or row.buried:
                places[table] += [{"channel": n, "at": row.published_at, "article": row.id} for n in numbers]
            if table == "placement":
                counts.update((number, counts.get(number, 0) + 1) for number in numbers)
        connection.execute(sa.text("UPDATE article SET lines = :lines WHERE id = :article"), lines)
        for table, standing in places.items():
            if standing:
                connection.execute(insert[table], standing)
    if counts:
        rows = [{"channel": number, "articles": count} for number, count in counts.items()]
        connection.execute(sa.text("UPDATE channel SET articles = :articles WHERE id = :channel"), rows)


def _articles(connection: sa.Connection) -> Iterator[list[Any]]:
    page = sa.text(
        """
        SELECT id, language, authors, published_at, retracted_at, EXISTS (
            SELECT * FROM tombstone WHERE channel_id = 0 AND published_at = article.published_at AND article_id = id
        ) AS buried FROM article WHERE id > :after ORDER BY id LIMIT :page
        """
    )
    after = -1
    while rows := list(connection.execute(page, {"after": after, "page": PAGE})):
        yield rows
        after = rows[-1].id


def _named(row: Any) -> dict[str, tuple[str, str]]:
    """The channels of an article by slug, each with its kind and its label."""
    authors = json.loads(row.authors) if isinstance(row.authors, str) else row.authors
    named = {slug: ("language", slug[1:]) for slug in language_slugs(row.language)}
    for author in authors:
        if slug := author_slug(author["name"]):
            named.setdefault(slug, ("author", author["name"]))
    return named


def _number_the_parts() -> None:
    """Number the parts in the order of acceptance, which is the best that is known of the order of arrival."""
    everything = "SELECT channel_id, published_at, article_id FROM {} "
    both = everything.format("placement") + "UNION ALL " + everything.format("tombstone")
    numbered = f"""
        SELECT channel_id, published_at, article_id,
            (row_number() OVER (PARTITION BY channel_id ORDER BY article_id) - 1) / {PART} + 1 AS part
        FROM ({both}) AS stood
    """
    for table in ("placement", "tombstone"):
        op.execute(
            f"""
            UPDATE {table} SET part = numbered.part FROM ({numbered}) AS numbered
            WHERE numbered.channel_id = {table}.channel_id AND numbered.published_at = {table}.published_at
                AND numbered.article_id = {table}.article_id
            """
        )
    op.execute(
        f"""
        UPDATE channel SET part = (counted.articles - 1) / {PART} + 1,
            part_articles = (counted.articles - 1) % {PART} + 1
        FROM (SELECT channel_id, count(*) AS articles FROM ({both}) AS stood GROUP BY channel_id) AS counted
        WHERE counted.channel_id = channel.id
        """
    )
