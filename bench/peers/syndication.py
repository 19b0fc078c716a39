"""A Django syndication feed under `cache_page`: the articles of `BENCH_ITEMS`, through the ORM, from SQLite.

Run as a program it makes the database that `BENCH_DATABASE` names; as a module it is `app`, a WSGI application.
"""

import json
import os
from datetime import datetime
from pathlib import Path
from typing import Any

import django
from django.conf import settings

# Settings as `django-admin startproject` and the deployment checklist have them, with what a public feed needs.
# https://docs.djangoproject.com/en/5.2/howto/deployment/checklist/
settings.configure(
    DEBUG=False,
    SECRET_KEY="not a secret: it signs nothing here",
    ALLOWED_HOSTS=["127.0.0.1"],
    INSTALLED_APPS=["peers"],
    ROOT_URLCONF=__name__,
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": os.environ["BENCH_DATABASE"]}},
    # https://docs.djangoproject.com/en/5.2/topics/cache/#local-memory-caching
    CACHES={"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}},
    # In the order of https://docs.djangoproject.com/en/5.2/ref/middleware/#middleware-ordering
    MIDDLEWARE=[
        "django.middleware.gzip.GZipMiddleware",
        "django.middleware.http.ConditionalGetMiddleware",
        "django.middleware.common.CommonMiddleware",
    ],
    USE_TZ=True,
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
)
django.setup()

from django.contrib.syndication.views import Feed  # noqa: E402 - after the settings, as all below
from django.core.wsgi import get_wsgi_application  # noqa: E402 - as above
from django.db import connection, models, transaction  # noqa: E402 - as above
from django.urls import path  # noqa: E402 - as above
from django.utils.feedgenerator import Enclosure, Rss201rev2Feed  # noqa: E402 - as above
from django.views.decorators.cache import cache_page  # noqa: E402 - as above


class Tag(models.Model):
    """A subject."""

    label = models.CharField(max_length=100, unique=True)

    class Meta:
        app_label = "peers"


class Article(models.Model):
    """An article, with what its feed entry shows."""

    guid = models.CharField(max_length=200, unique=True)
    title = models.TextField()
    summary = models.TextField()
    body = models.TextField()
    author = models.CharField(max_length=100)
    url = models.URLField()
    image = models.URLField()
    published_at = models.DateTimeField(db_index=True)
    tags = models.ManyToManyField(Tag)

    class Meta:
        app_label = "peers"


class FullText(Rss201rev2Feed):
    """RSS with content:encoded, in the way that
    https://docs.djangoproject.com/en/5.2/ref/utils/#custom-feed-generators shows."""

    def rss_attributes(self) -> dict[str, str]:
        return {**super().rss_attributes(), "xmlns:content": "http://purl.org/rss/1.0/modules/content/"}

    def add_item_elements(self, handler: Any, item: dict[str, Any]) -> None:
        super().add_item_elements(handler, item)
        handler.addQuickElement("content:encoded", item["body"])


class NewsLine(Feed):
    """https://docs.djangoproject.com/en/5.2/ref/contrib/syndication/"""

    feed_type = FullText
    title = "News Line"
    link = "/"
    description = "The latest articles, as they are published."
    item_guid_is_permalink = False

    def items(self) -> Any:
        return Article.objects.order_by("-published_at").prefetch_related("tags")[:50]

    def item_title(self, item: Article) -> str:
        return item.title

    def item_description(self, item: Article) -> str:
        return item.summary

    def item_link(self, item: Article) -> str:
        return item.url

    def item_guid(self, item: Article) -> str:
        return item.guid

    def item_author_name(self, item: Article) -> str:
        return item.author

    def item_pubdate(self, item: Article) -> datetime:
        return item.published_at

    def item_categories(self, item: Article) -> list[str]:
        return [tag.label for tag in item.tags.all()]

    def item_enclosures(self, item: Article) -> list[Enclosure]:
        return [Enclosure(item.image, "0", "image/jpeg")]

    def item_extra_kwargs(self, item: Article) -> dict[str, str]:
        return {"body": item.body}


# https://docs.djangoproject.com/en/5.2/topics/cache/#specifying-per-view-cache-in-the-urlconf
urlpatterns = [path("feeds/news-line.rss", cache_page(300)(NewsLine()))]


def fill() -> None:
    """Make the tables, and put the articles into them."""
    with connection.schema_editor() as editor:
        editor.create_model(Tag)
        editor.create_model(Article)
    items = json.loads(Path(os.environ["BENCH_ITEMS"]).read_text("utf-8"))
    with transaction.atomic():
        for item in items:
            _file(item)


def _file(item: dict[str, Any]) -> None:
    article = Article.objects.create(
        guid=item["id"],
        title=item["title"],
        summary=item["summary"],
        body=item["content_html"],
        author=item["authors"][0]["name"],
        url=item["url"],
        image=item["image"],
        published_at=datetime.fromisoformat(item["date_published"]),
    )
    article.tags.set([Tag.objects.get_or_create(label=label)[0] for label in item["tags"]])


if __name__ == "__main__":
    fill()
else:
    app = get_wsgi_application()
