"""The store itself: how it is opened, what its columns hold, and how it is brought to its schema."""

import threading
from datetime import UTC, datetime, timedelta, timezone

import pytest
from alembic import command
from databases import run_sql, tables_at, tables_searched
from ledger import accept, exported, publish, reading
from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError, IntegrityError

from feedsvc.errors import ConfigError, DatabaseAway, SchemaError
from feedsvc.store import migration
from feedsvc.store.database import Database
from feedsvc.store.schema import ArticleRow, Base, JournalRow, PlacementRow, UtcDateTime
from feedsvc.store.search_schema import is_derived

BASE_URL = "https://news.example"


@pytest.fixture
def database(empty_database_url):
    database = Database(empty_database_url)
    yield database
    database.close()


def test_the_models_and_the_migrations_agree(database, empty_database_url):
    migration.upgrade(database, BASE_URL)
    with database.engine.connect() as connection:
        config = migration._alembic(connection)
        command.check(config)
    tables = {name for name in tables_at(empty_database_url) if not is_derived(name, None)}
    assert tables == set(Base.metadata.tables) | {"alembic_version"}


def test_an_upgrade_can_be_repeated(database):
    assert migration.current(database) is None
    assert not migration.is_current(database)
    migration.upgrade(database, BASE_URL)
    with database.read() as connection:
        founded = connection.exec_driver_sql("SELECT * FROM site").all()
    migration.upgrade(database, "https://other.example")
    migration.require_current(database, "https://other.example")
    assert migration.is_current(database)
    with database.read() as connection:
        assert connection.exec_driver_sql("SELECT * FROM site").all() == founded
    assert founded[0].authority.startswith("news.example,20")


def test_an_upgrade_that_fails_leaves_nothing(database, empty_database_url):
    theirs = "CREATE TABLE touch (seq INTEGER)"
    run_sql(empty_database_url, "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)", theirs)
    with pytest.raises((DBAPIError, DatabaseAway), match=r"touch.* already exists"):
        migration.upgrade(database, BASE_URL)
    assert tables_at(empty_database_url) == {"alembic_version", "touch"}
    run_sql(empty_database_url, "DROP TABLE touch")
    migration.upgrade(database, BASE_URL)
    assert migration.is_current(database)


def test_the_tables_of_another_program_are_left_alone(database, empty_database_url):
    run_sql(empty_database_url, "CREATE TABLE article (id INTEGER)")
    for attempt in (migration.upgrade, migration.require_current):
        with pytest.raises(SchemaError, match=r"holds tables that are not feedsvc's"):
            attempt(database, BASE_URL)
    assert tables_at(empty_database_url) == {"article"}


def test_a_schema_of_another_version_is_not_written_to(database, empty_database_url):
    migration.upgrade(database, BASE_URL)
    run_sql(empty_database_url, "UPDATE alembic_version SET version_num = '9999'")
    assert migration.current(database) == "9999"
    with pytest.raises(SchemaError, match="has schema 9999, which this program does not know"):
        migration.require_current(database, BASE_URL)
    with pytest.raises(SchemaError, match="9999"):
        migration.upgrade(database, BASE_URL)


@pytest.mark.only("sqlite")
@pytest.mark.parametrize(
    ("pragma", "value"),
    [("journal_mode", "wal"), ("foreign_keys", 1), ("busy_timeout", 10_000), ("synchronous", 2)],
)
def test_every_connection_to_a_file_is_set_up(database, pragma, value):
    with database.read() as connection, database.observe() as other:
        for each in (connection, other):
            assert each.exec_driver_sql(f"PRAGMA {pragma}").scalar() == value


@pytest.mark.only("postgresql")
@pytest.mark.parametrize(("seconds", "value"), [(10, "10s"), (0.25, "250ms"), (120, "2min")])
def test_every_connection_to_a_server_is_set_up(database_url, seconds, value):
    database = Database(database_url, statement_seconds=seconds)
    with database.read() as reader, database.write() as writer, database.observe() as other:
        for each in (reader, writer, other):
            assert each.exec_driver_sql("SHOW statement_timeout").scalar() == value
        assert reader.exec_driver_sql("SHOW transaction_read_only").scalar() == "on"
        assert reader.exec_driver_sql("SHOW transaction_isolation").scalar() == "repeatable read"
        assert writer.exec_driver_sql("SHOW transaction_isolation").scalar() == "read committed"
    database.close()


def test_foreign_keys_are_enforced(newsroom):
    with pytest.raises(IntegrityError), newsroom._database.write() as connection:
        connection.execute(
            PlacementRow.__table__.insert().values(channel_id=99, published_at=datetime.now(UTC), article_id=9)
        )


def test_a_reader_has_one_snapshot_and_an_observer_the_newest_commit(newsroom, database_url):
    other = Database(database_url)
    titles = select(ArticleRow.title)
    with reading(newsroom) as snapshot, other.observe() as observer:
        assert snapshot.execute(titles).all() == observer.execute(titles).all() == []
        publish(newsroom)
        assert snapshot.execute(titles).all() == []
        assert len(observer.execute(titles).all()) == 1
    other.close()


@pytest.mark.only("sqlite")  # what a server's connections do across a fork is seen in tests/processes
def test_after_a_fork_connections_are_made_anew(newsroom, database_url):
    other = Database(database_url)
    with other.read() as connection:
        assert connection.execute(select(ArticleRow.title)).all() == []
    publish(newsroom)
    other.is_away = True
    other.forget_connections()
    with other.read() as connection:
        assert len(connection.execute(select(ArticleRow.title)).all()) == 1
    other.close()


def test_a_writer_waits_for_the_writer_before_it(newsroom):
    entered, leave = threading.Event(), threading.Event()

    def hold() -> None:
        with newsroom._database.write():
            entered.set()
            leave.wait(30)

    holder = threading.Thread(target=hold)
    holder.start()
    assert entered.wait(30)
    publisher = threading.Thread(target=publish, args=(newsroom,))
    publisher.start()
    assert exported(newsroom) == []
    leave.set()
    publisher.join()
    holder.join()
    assert len(exported(newsroom)) == 1


def test_a_database_in_memory_makes_no_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    database = Database("sqlite://")
    with database.read() as connection:
        assert connection.exec_driver_sql("SELECT 1").scalar() == 1
    database.close()
    assert list(tmp_path.iterdir()) == []


def test_a_server_that_is_not_there_is_a_sentence():
    database = Database("postgresql+psycopg://nobody@127.0.0.1:1/feedsvc?connect_timeout=2")
    for way in (database.read, database.write, database.observe):
        with pytest.raises(DatabaseAway, match=r"^The database does not answer: .*Connection refused$"), way():
            pass
    database.close()


def test_moments_are_utc_on_every_database():
    moment = datetime(2024, 5, 12, 11, 30, 0, 5, tzinfo=timezone(timedelta(hours=2)))
    column = UtcDateTime()
    stored = datetime(2024, 5, 12, 9, 30, 0, 5)  # noqa: DTZ001 - SQLite keeps no time zone
    assert column.process_bind_param(moment, sqlite.dialect()) == stored
    assert column.process_bind_param(moment, postgresql.dialect()) == moment
    assert column.process_result_value(moment.replace(tzinfo=None), sqlite.dialect()).tzinfo is UTC
    assert column.process_result_value(moment, postgresql.dialect()).utcoffset() == timedelta(0)
    for dialect in (sqlite.dialect(), postgresql.dialect()):
        assert column.process_bind_param(None, dialect) is column.process_result_value(None, dialect) is None


def test_a_tag_is_read_as_one_range_of_an_index(newsroom):
    accept(newsroom, *({"id": str(n), "title": f"Number {n}", "tags": [f"T{n % 20}"]} for n in range(400)))
    listing = (
        select(PlacementRow.article_id)
        .where(PlacementRow.channel_id == 3)
        .order_by(PlacementRow.published_at.desc(), PlacementRow.article_id.desc())
        .limit(50)
    )
    history = select(JournalRow.at).where(JournalRow.article_id == 3).order_by(JournalRow.seq.desc()).limit(1)
    with reading(newsroom) as connection:
        for query, table in ((listing, "placement"), (history, "journal")):
            text = str(query.compile(connection.engine, compile_kwargs={"literal_binds": True}))
            assert tables_searched(connection, text) == [table]


@pytest.mark.parametrize("path", ["file/feedsvc.db", "file/deep/feedsvc.db"])
def test_a_folder_that_cannot_be_made_is_a_sentence_of_ours(tmp_path, path):
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(ConfigError, match=r"'database_url': the folder .* cannot be made"):
        Database(f"sqlite:///{tmp_path}/{path}")
