"""What is done to tags: named otherwise, also in other languages, described, merged, retired and brought back."""

from collections.abc import Mapping

from feedsvc.desk.transaction import Transaction
from feedsvc.errors import Conflict, NotFound, Rejected
from feedsvc.languages import canonical_language
from feedsvc.slugs import slugify
from feedsvc.store import channels
from feedsvc.store.channels import FiledTag
from feedsvc.store.schema import NEWS_LINE
from feedsvc.text import one_line

_LIMITS = {"label": 200, "title": 200, "description": 2_000}
_MOST_LANGUAGES = 100


def require(transaction: Transaction, tag: str) -> FiledTag:
    """The tag in any spelling, by any name it ever had. Raises `NotFound`."""
    found = channels.find(transaction.connection, slugify(tag))
    if found is None:
        raise NotFound(f"There is no tag “{tag}”.")
    return found


def rename(transaction: Transaction, tag: FiledTag, label: str) -> None:
    """Give a tag another label, and the slug that goes with it. Its feed keeps its id, and its old addresses lead to
    the new ones. Raises `Rejected` for a label without a letter, and `Conflict` for one that another tag has."""
    label, slug = _bounded("label", label), slugify(label)
    if not slug:
        raise Rejected(f"{label!r} has no letter or digit that an address could carry", "/label")
    other = channels.find(transaction.connection, slug)
    if other is not None and other.number != tag.number:
        raise Conflict(f"another tag has, or once had, the name “{label}”; merge them", "/label")
    if label == tag.label:
        return
    if slug != tag.slug:
        channels.move(transaction.connection, tag, slug)
    channels.change(transaction.connection, tag, label=label)
    transaction.tell_everything()
    transaction.log.append("rename", slug, of="tag", was=tag.label, label=label)


def translate(transaction: Transaction, tag: FiledTag, labels: Mapping[str, str | None]) -> None:
    """Give a tag labels by language (BCP 47), in which it keeps its slug; None or an empty one is the usual label
    again. Raises `Rejected`."""
    known = channels.labels(transaction.connection, [tag.number])[tag.number]
    given: dict[str, str] = {}
    for written, label in labels.items():
        where = f"/labels/{written.replace('~', '~0').replace('/', '~1')}"
        try:
            language = canonical_language(written).lower()
        except ValueError as error:
            raise Rejected(str(error), where) from None
        if language in given:
            raise Rejected("the same language stands twice", where)
        given[language] = _label(label or "", where)
    changed = {language: label for language, label in given.items() if known.get(language, "") != label}
    if not changed:
        return
    if sum(map(bool, (known | given).values())) > _MOST_LANGUAGES:
        raise Rejected(f"a tag has labels in at most {_MOST_LANGUAGES} languages", "/labels")
    channels.set_labels(transaction.connection, tag, changed)
    # They stand in the feeds and on the pages of every other tag that an article of this one has.
    transaction.tell_everything()
    transaction.log.append("translate", tag.slug, of="tag", labels=changed)


def describe(transaction: Transaction, tag: FiledTag, title: str | None, description: str | None) -> None:
    """Give the feed of a tag a title and a description; None leaves what there is, and empty is the usual one."""
    given = {"title": title, "description": description}
    values = {name: _bounded(name, text) for name, text in given.items() if text is not None}
    if values:
        channels.change(transaction.connection, tag, **values)
        # Every document of its archive bears them.
        transaction.tell_everything()
        transaction.append("describe", None, [NEWS_LINE, tag.number])
        transaction.log.append("describe", tag.slug, of="tag", changed=sorted(values))


def merge(transaction: Transaction, tag: FiledTag, into: FiledTag) -> None:
    """Put every article of one tag under another; the addresses of the first lead there from now on."""
    if tag.number == into.number:
        raise Conflict("they are one tag already", "/into")
    if into.retired_at is not None:
        raise Conflict("the tag was retired, and its articles with it would be hidden; restore it first", "/into")
    articles = 0
    for number, tags in channels.merge(transaction.connection, transaction.places, tag, into):
        transaction.append("retag", number, [NEWS_LINE, tag.number, *tags])
        articles += 1
    # Whatever names the tag, also beside others, has another address now.
    transaction.tell_everything()
    transaction.log.append("merge", tag.slug, of="tag", into=into.slug, articles=articles)


def retire(transaction: Transaction, tag: FiledTag) -> None:
    """Have the addresses of a tag answer 410, and no article show it."""
    if tag.retired_at is not None:
        raise Conflict("The tag was retired already.")
    channels.change(transaction.connection, tag, retired_at=transaction.at)
    transaction.tell_everything()
    transaction.log.append("retire", tag.slug, of="tag")


def restore(transaction: Transaction, tag: FiledTag) -> None:
    """Undo that, with every article that was given the tag before or since."""
    if tag.retired_at is None:
        raise Conflict("The tag is in use; there is nothing to restore.")
    channels.change(transaction.connection, tag, retired_at=None)
    transaction.tell_everything()
    transaction.log.append("restore", tag.slug, of="tag")


def _label(text: str, where: str) -> str:
    label = _bounded("label", text, where)
    if label and not slugify(label):
        raise Rejected(f"{label!r} has no letter or digit", where)
    return label


def _bounded(name: str, text: str, where: str = "") -> str:
    line = one_line(text)
    if len(line) > _LIMITS[name]:
        raise Rejected(f"has {len(line):,} characters, more than {_LIMITS[name]:,}", where or f"/{name}")
    return line
