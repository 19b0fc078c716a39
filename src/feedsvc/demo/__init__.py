"""Demo articles, so that a first look at feedsvc is a look at a living site."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from importlib.resources import files

from sqlalchemy import select

from feedsvc.config import Config
from feedsvc.intake.markdown import read_markdown
from feedsvc.item import Item
from feedsvc.newsroom import Newsroom
from feedsvc.store.database import Database
from feedsvc.store.schema import ArticleRow
from feedsvc.urls import Urls


def publish_demo(database: Database, newsroom: Newsroom, config: Config) -> None:
    """Publish the demo articles, dated over the last days, into a database that has never had an article."""
    with database.read() as connection:
        if connection.execute(select(ArticleRow.id).limit(1)).first():
            return
    newsroom.accept(list(_items(config)))


def _items(config: Config) -> Iterator[Item]:
    now = datetime.now(UTC).replace(second=0, microsecond=0)
    assets = Urls(config.base_url).asset("")
    folder = files("feedsvc.demo")
    articles = sorted(path.name for path in folder.iterdir() if path.name.endswith(".md"))
    # Oldest first, so that the order of acceptance is the order of publication, as it is in a newsroom.
    for age, name in reversed(list(enumerate(articles))):
        item = read_markdown((folder / name).read_text("utf-8"))
        published = now - timedelta(minutes=7 + 311 * age)
        yield item.model_copy(update={"url": assets, "date_published": published, "date_modified": published})
