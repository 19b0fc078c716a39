"""Bookmarks: how far in the journal those followers have come whose work outlives a process."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "bookmark",
        sa.Column("follower", sa.Text, primary_key=True),
        sa.Column("seq", NUMBER, nullable=False),
        sa.Column("put_back", NUMBER, nullable=False),
        sqlite_with_rowid=False,
    )
