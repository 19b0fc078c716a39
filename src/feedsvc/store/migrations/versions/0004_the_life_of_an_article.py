"""The life of an article, from draft to tombstone; tags that are renamed, merged, retired; keys and the log."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("article", sa.Column("corrections", sa.JSON, nullable=False, server_default="[]"))
    op.add_column("article", sa.Column("expires_at", MOMENT))
    _index("article_by_expiry", ["expires_at"], "expires_at")
    _index("article_taken_back", ["status", "id"], "retracted_at")
    op.add_column("channel", sa.Column("title", sa.Text, nullable=False, server_default=""))
    op.add_column("channel", sa.Column("description", sa.Text, nullable=False, server_default=""))
    op.add_column("channel", sa.Column("retired_at", MOMENT))
    op.add_column("channel", sa.Column("merged_into", NUMBER))
    op.create_table(
        "draft",
        sa.Column("guid", sa.Text, primary_key=True),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("item", sa.JSON, nullable=False),
        sa.Column("release_at", MOMENT),
        sa.Column("accepted_at", MOMENT, nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.Index("draft_by_release", "release_at"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "retired_tag",
        sa.Column("slug", sa.Text, primary_key=True),
        sa.Column("channel_id", NUMBER, sa.ForeignKey("channel.id"), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "tombstone",
        sa.Column("channel_id", NUMBER, sa.ForeignKey("channel.id"), primary_key=True),
        sa.Column("published_at", MOMENT, primary_key=True),
        sa.Column("article_id", NUMBER, sa.ForeignKey("article.id"), primary_key=True),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "api_key",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("digest", sa.Text, nullable=False, unique=True),
        sa.Column("scope", sa.Text, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT),
        sa.Column("revoked_at", MOMENT),
        sa.Column("used_at", MOMENT),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "log",
        sa.Column("id", NUMBER, primary_key=True, autoincrement=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("deed", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("detail", sa.JSON, nullable=False),
        sa.Index("log_by_subject", "subject", "id"),
    )
    op.create_table(
        "retry",
        sa.Column("digest", sa.Text, primary_key=True),
        sa.Column("fingerprint", sa.Text, nullable=False),
        sa.Column("guid", sa.Text, nullable=False),
        sa.Column("at", MOMENT, nullable=False, index=True),
        sqlite_with_rowid=False,
    )
    _bury()


def _index(name: str, columns: list[str], where_set: str) -> None:
    there = sa.text(f"{where_set} IS NOT NULL")
    op.create_index(name, "article", columns, sqlite_where=there, postgresql_where=there)


def _bury() -> None:
    """Where the retracted articles stood that are on file: in the News Line, and under their tags."""
    tags = (
        "json_each(article.tags)"
        if op.get_bind().dialect.name == "sqlite"
        else "json_array_elements_text(article.tags) AS each (value)"
    )
    # What came as the mark of a retraction never stood anywhere; only its journal says so.
    stood = """
        FROM article WHERE retracted_at IS NOT NULL AND EXISTS (
            SELECT * FROM journal WHERE journal.article_id = article.id AND journal.kind = 'publish'
        )
    """
    op.execute(f"INSERT INTO tombstone SELECT 0, article.published_at, article.id {stood}")
    op.execute(
        f"""
        INSERT INTO tombstone SELECT DISTINCT CAST(value AS bigint), article.published_at, article.id
        {stood.replace("FROM article", f"FROM article, {tags}")}
        """
    )
