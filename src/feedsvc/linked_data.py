"""An article as search engines read it: a NewsArticle of schema.org, in JSON-LD."""

from collections.abc import Sequence
from typing import Any

from feedsvc.config import Config
from feedsvc.feed import Author, Entry, Media, Version
from feedsvc.typography import iso_date
from feedsvc.urls import Urls


def news_article(entry: Entry, site: Config, versions: Sequence[Version] = ()) -> dict[str, Any]:
    """`entry` as a JSON-LD object with what Google documents for articles; what is not known is left out. `versions`
    are the languages it is to be had in.

    developers.google.com/search/docs/appearance/structured-data/article. The values are text as it is: whoever writes
    them into HTML has to escape them.
    """
    home = Urls(site.base_url).home()
    pictures = [media for media in (entry.image, *entry.attachments) if media and media.type.startswith("image/")]
    return _known(
        {
            "@context": "https://schema.org",
            "@type": "NewsArticle",
            "mainEntityOfPage": entry.url,
            "headline": entry.title,
            "description": entry.summary,
            "image": [_picture(media) for media in pictures],
            "datePublished": iso_date(entry.published),
            "dateModified": iso_date(entry.updated),
            "author": [_person(author) for author in entry.authors] or [_organisation(site.author, home)],
            "publisher": _organisation(site.title, home, site.logo),
            "inLanguage": entry.language,
            "translationOfWork": next((_work(each) for each in versions if each.original and entry.translation_of), {}),
            "workTranslation": [_work(each) for each in versions if each.url != entry.url and not entry.translation_of],
            "articleSection": entry.tags[0].label.lstrip("#") if entry.tags else "",
            "keywords": [tag.label for tag in entry.tags],
            "isAccessibleForFree": True,
        }
    )


def _work(version: Version) -> dict[str, Any]:
    return {"@type": "NewsArticle", "@id": version.url, "url": version.url, "inLanguage": version.language}


def _picture(media: Media) -> dict[str, Any]:
    return _known({"@type": "ImageObject", "url": media.url, "width": media.width, "height": media.height})


def _person(author: Author) -> dict[str, Any]:
    return _known({"@type": "Person", "name": author.name, "url": author.url})


def _organisation(name: str, home: str, logo: str = "") -> dict[str, Any]:
    image = {"@type": "ImageObject", "url": logo} if logo else None
    return _known({"@type": "Organization", "name": name, "url": home, "logo": image})


def _known(members: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value}
