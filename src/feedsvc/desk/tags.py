"""What is done to tags: named otherwise, described, merged, retired and brought back."""

from feedsvc.desk.transaction import Transaction
from feedsvc.errors import Conflict, NotFound, Rejected
from feedsvc.slugs import slugify
from feedsvc.store import channels
from feedsvc.store.channels import FiledTag
from feedsvc.store.schema import NEWS_LINE
from feedsvc.text import one_line

_LIMITS = {"label": 200, "title": 200, "description": 2_000}


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


def describe(transaction: Transaction, tag: FiledTag, title: str | None, description: str | None) -> None:
    """Give the feed of a tag a title and a description; None leaves what there is, and empty is the usual one."""
    given = {"title": title, "description": description}
    values = {name: _bounded(name, text) for name, text in given.items() if text is not None}
    if values:
        channels.change(transaction.connection, tag, **values)
        transaction.append("describe", None, [NEWS_LINE, tag.number])
        transaction.log.append("describe", tag.slug, of="tag", changed=sorted(values))


def merge(transaction: Transaction, tag: FiledTag, into: FiledTag) -> None:
    """Put every article of one tag under another; the addresses of the first lead there from now on."""
    if tag.number == into.number:
        raise Conflict("they are one tag already", "/into")
    if into.retired_at is not None:
        raise Conflict("the tag was retired, and its articles with it would be hidden; restore it first", "/into")
    articles = 0
    for number, stood in channels.merge(transaction.connection, tag, into):
        transaction.tell("retag", number, stood)
        articles += 1
    # Also where there was no article to tell of.
    transaction.append("merge", None, [NEWS_LINE, tag.number, into.number])
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


def _bounded(name: str, text: str) -> str:
    line = one_line(text)
    if len(line) > _LIMITS[name]:
        raise Rejected(f"has {len(line):,} characters, more than {_LIMITS[name]:,}", f"/{name}")
    return line
