"""What is read most: reads by the hour, and the rankings that are made of them."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "hourly_reads",
        sa.Column("hour", MOMENT, primary_key=True),
        sa.Column("article_id", NUMBER, sa.ForeignKey("article.id"), primary_key=True),
        sa.Column("total", NUMBER, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "ranking",
        sa.Column("channel_id", NUMBER, sa.ForeignKey("channel.id"), primary_key=True),
        sa.Column("place", NUMBER, primary_key=True),
        sa.Column("article_id", NUMBER, sa.ForeignKey("article.id"), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "ranked",
        sa.Column("channel_id", NUMBER, sa.ForeignKey("channel.id"), primary_key=True),
        sa.Column("until", MOMENT, nullable=False),
        sqlite_with_rowid=False,
    )
    # Below the numbers that tags are given, and with slugs that no label makes.
    op.execute(
        """
        INSERT INTO channel (id, slug, label, articles, kind)
        VALUES (-1, '*day', '', 0, 'ranking'), (-2, '*week', '', 0, 'ranking')
        """
    )
