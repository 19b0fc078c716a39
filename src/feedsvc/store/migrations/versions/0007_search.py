"""Search: the words of the articles, and what each kind of database looks them up in."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

# Its words are ASCII's spaces apart, and of what is not ASCII the tokenizer takes every character as a part of a word.
SQLITE = (
    """
    CREATE VIRTUAL TABLE search_index USING fts5(
        title, body, content = 'search_text', content_rowid = 'place', tokenize = 'ascii', columnsize = 0
    )
    """,
    """
    CREATE TRIGGER search_text_new AFTER INSERT ON search_text BEGIN
        INSERT INTO search_index (rowid, title, body) VALUES (new.place, new.title, new.body);
    END
    """,
    """
    CREATE TRIGGER search_text_gone AFTER DELETE ON search_text BEGIN
        INSERT INTO search_index (search_index, rowid, title, body)
        VALUES ('delete', old.place, old.title, old.body);
    END
    """,
    """
    CREATE TRIGGER search_text_changed AFTER UPDATE ON search_text BEGIN
        INSERT INTO search_index (search_index, rowid, title, body)
        VALUES ('delete', old.place, old.title, old.body);
        INSERT INTO search_index (rowid, title, body) VALUES (new.place, new.title, new.body);
    END
    """,
)
POSTGRESQL = (
    """
    ALTER TABLE search_text
    ADD COLUMN headline tsvector GENERATED ALWAYS AS (to_tsvector('simple', title)) STORED,
    ADD COLUMN words tsvector
        GENERATED ALWAYS AS (to_tsvector('simple', title) || to_tsvector('simple', body)) STORED
    """,
    "CREATE INDEX search_text_by_headline ON search_text USING gin (headline)",
    "CREATE INDEX search_text_by_words ON search_text USING gin (words)",
)


def upgrade() -> None:
    op.create_table(
        "search_text",
        sa.Column("place", NUMBER, primary_key=True, autoincrement=False),
        sa.Column("article_id", NUMBER, sa.ForeignKey("article.id"), nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
    )
    for statement in SQLITE if op.get_bind().dialect.name == "sqlite" else POSTGRESQL:
        op.execute(statement)
    # From the first change on: what was published before is found as well, before long.
    op.execute("INSERT INTO bookmark (follower, seq, put_back) VALUES ('search', 0, 0)")
