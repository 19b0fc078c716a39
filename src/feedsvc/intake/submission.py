"""What an intake hands over, one at a time: an article, or why there is none."""

from dataclasses import dataclass

from feedsvc.item import Item


@dataclass(frozen=True, slots=True)
class Submission:
    """One article of a document, or the reason why it was left out; `place` says where it stood ("line 17", "entry 5").

    `item` is None exactly when `reason` is not empty.
    """

    place: str
    item: Item | None = None
    reason: str = ""
