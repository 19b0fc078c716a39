"""Push: subscriptions, what was asked for, and what is yet to be delivered."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "subscription",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("topic", sa.Text, nullable=False, index=True),
        sa.Column("callback", sa.Text, nullable=False),
        sa.Column("host", sa.Text, nullable=False, index=True),
        sa.Column("secret", sa.Text, nullable=False),
        sa.Column("verified_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False, index=True),
        sa.Column("troubled", sa.Boolean, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "intent",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("asked", sa.Text, nullable=False),
        sa.Column("mode", sa.Text, nullable=False),
        sa.Column("topic", sa.Text, nullable=False),
        sa.Column("callback", sa.Text, nullable=False),
        sa.Column("host", sa.Text, nullable=False, index=True),
        sa.Column("secret", sa.Text, nullable=False),
        sa.Column("lease_seconds", NUMBER, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("attempts", NUMBER, nullable=False),
        sa.Column("due_at", MOMENT, nullable=False, index=True),
        sa.Column("claimed_by", sa.Text),
        sa.Column("claimed_at", MOMENT),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "delivery",
        sa.Column("subscription_id", sa.Text, sa.ForeignKey("subscription.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("seq", NUMBER, nullable=False),
        sa.Column("since", MOMENT, nullable=False),
        sa.Column("attempts", NUMBER, nullable=False),
        sa.Column("failing_since", MOMENT),
        sa.Column("error", sa.Text, nullable=False),
        sa.Column("due_at", MOMENT, nullable=False, index=True),
        sa.Column("claimed_by", sa.Text),
        sa.Column("claimed_at", MOMENT),
        sqlite_with_rowid=False,
    )
