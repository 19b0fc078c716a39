"""An article's tags stand in its row: they are read with it each time, and never without it."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("article", sa.Column("tags", sa.JSON, nullable=False, server_default="[]"))
    numbers = "json_group_array" if op.get_bind().dialect.name == "sqlite" else "json_agg"
    op.execute(
        f"""
        UPDATE article SET tags = (
            SELECT {numbers}(channel_id)
            FROM (SELECT channel_id FROM article_tag WHERE article_id = article.id ORDER BY position) AS own
        )
        WHERE EXISTS (SELECT * FROM article_tag WHERE article_id = article.id)
        """
    )
    op.drop_table("article_tag")
