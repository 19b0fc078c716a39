"""The first tables: articles, channels, the journal, reads."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "site",
        sa.Column("id", NUMBER, primary_key=True, autoincrement=False),
        sa.Column("authority", sa.Text, nullable=False),
        sa.Column("fingerprint", sa.Text, nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
    )
    op.create_table(
        "article",
        sa.Column("id", NUMBER, primary_key=True, autoincrement=False),
        sa.Column("guid", sa.Text, nullable=False, unique=True),
        sa.Column("slug", sa.Text, nullable=False, unique=True),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("language", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("summary", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("authors", sa.JSON, nullable=False),
        sa.Column("media", sa.JSON, nullable=False),
        sa.Column("published_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.Column("modified_at", MOMENT),
        sa.Column("retracted_at", MOMENT),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
    )
    op.create_table(
        "retired_slug",
        sa.Column("slug", sa.Text, primary_key=True),
        sa.Column("article_id", NUMBER, sa.ForeignKey("article.id"), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "channel",
        sa.Column("id", NUMBER, primary_key=True, autoincrement=False),
        sa.Column("slug", sa.Text, nullable=False, unique=True),
        sa.Column("label", sa.Text, nullable=False),
        sa.Column("articles", NUMBER, nullable=False),
    )
    op.create_table(
        "article_tag",
        sa.Column("article_id", NUMBER, sa.ForeignKey("article.id"), primary_key=True),
        sa.Column("position", NUMBER, primary_key=True),
        sa.Column("channel_id", NUMBER, sa.ForeignKey("channel.id"), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "placement",
        sa.Column("channel_id", NUMBER, sa.ForeignKey("channel.id"), primary_key=True),
        sa.Column("published_at", MOMENT, primary_key=True),
        sa.Column("article_id", NUMBER, sa.ForeignKey("article.id"), primary_key=True),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "journal_head",
        sa.Column("id", NUMBER, primary_key=True, autoincrement=False),
        sa.Column("seq", NUMBER, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
    )
    op.create_table(
        "journal",
        sa.Column("seq", NUMBER, primary_key=True, autoincrement=False),
        sa.Column("at", MOMENT, nullable=False, index=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("article_id", NUMBER, sa.ForeignKey("article.id")),
        sa.Index("journal_by_article", "article_id", "seq"),
    )
    op.create_table(
        "touch",
        sa.Column("seq", NUMBER, sa.ForeignKey("journal.seq"), primary_key=True),
        sa.Column("channel_id", NUMBER, sa.ForeignKey("channel.id"), primary_key=True),
        sa.Index("touch_by_channel", "channel_id", "seq"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "reads",
        sa.Column("article_id", NUMBER, sa.ForeignKey("article.id"), primary_key=True, autoincrement=False),
        sa.Column("total", NUMBER, nullable=False),
        sa.Column("counted_at", MOMENT, nullable=False),
    )
