"""Made-up articles of made-up words: as many as you like, the same for the same seed."""

import json
import random
import uuid
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from itertools import accumulate
from typing import Any

from feedsvc.copydesk import Article, Label
from feedsvc.feed import Author, Media

TAGS_EACH = 5
FIRST, PERIOD = datetime(2015, 1, 1), timedelta(days=3650)  # noqa: DTZ001 - UTC, spelled as it stands in a table
# After every 20th article comes its revision; after every 400th, its retraction instead.
FOLLOWED, RETRACTED = 20, 400

COLUMNS = (
    "id guid slug status language title summary body source authors media published_at updated_at modified_at "
    "retracted_at reason digest tags"
).split()


class Desk:
    """Writes an archive's articles, with words and subjects as common and as rare as those of a language (Zipf).

    `body` is the length of a body in characters, about; 0 writes headlines alone. Tags are called “Subject 1” (the
    commonest) and so on, and numbered like that. Subjects 5, 15, 25 … are stories that ended half-way.
    """

    def __init__(self, authority: str, articles: int, tags: int, body: int, seed: int) -> None:
        self._authority = authority
        self._dice = dice = random.Random(seed)
        self._step = PERIOD / articles
        syllables = [first + second for first in "bdfgklmnprstvz" for second in ("a", "e", "i", "o", "u", "ar", "en")]
        self._words = ["".join(dice.choices(syllables, k=dice.choice((1, 2, 2, 3, 4)))) for _ in range(4000)]
        self._word_weights = list(accumulate(1 / (rank + 3) for rank in range(len(self._words))))
        sentences = [f"{' '.join(self._choose(dice.randint(8, 22))).capitalize()}." for _ in range(5000)]
        self._summaries = sentences if body else [""]
        self._paragraphs = [f"<p>{' '.join(dice.choices(sentences, k=4))}</p>" for _ in range(5000)]
        self._body_paragraphs = round(body * len(self._paragraphs) / sum(map(len, self._paragraphs)))
        self._authors = [Author(" ".join(dice.choices(self._words, k=2)).title()) for _ in range(200)]
        self._signatures = {author: json.dumps([asdict(author)]) for author in self._authors}
        self.labels = [Label(f"Subject {rank}", f"subject-{rank}") for rank in range(1, tags + 1)]
        self._half = articles // 2
        # Subjects that go together, for one article after another to choose from: in the first half, and afterwards.
        ranks = range(1, tags + 1)
        self._companies = [
            self._companies_of(subjects, min(articles, 50_000))
            for subjects in (ranks, [each for each in ranks if each % 10 != 5])
        ]

    def write(self, number: int) -> list[Any]:
        """Article `number` as a row of its table, `COLUMNS` in order."""
        tags = self._dice.choice(self._companies[number > self._half])
        words = self._choose(8)
        author = self._dice.choice(self._authors)
        image = _picture(number, author) if number % 3 == 0 else None
        article = Article(
            guid=f"tag:{self._authority}:article/{uuid.UUID(int=self._dice.getrandbits(128), version=4)}",
            slug=f"{'-'.join(words)}-{number}",
            title=" ".join(words).capitalize(),
            summary=self._dice.choice(self._summaries),
            body="\n".join(self._dice.choices(self._paragraphs, k=self._body_paragraphs)),
            language="en",
            source="",
            authors=(author,),
            labels=tuple(self.labels[tag - 1] for tag in tags),
            image=image,
            attachments=(),
            published=None,
            updated=None,
            retraction=None,
        )
        published = FIRST + self._step * (number - 1 + self._dice.random() / 4)
        followed = published + self._step / 2 if number % FOLLOWED == 0 else None
        retracted = followed if number % RETRACTED == 0 else None
        revised = None if retracted else followed
        return [
            *(number, article.guid, article.slug, "retracted" if retracted else "published", article.language),
            *(article.title, article.summary, article.body, article.source, self._signatures[author]),
            json.dumps([{"role": "image", **asdict(image)}]) if image else "[]",
            *map(_moment, (published, revised or published, revised, retracted)),
            *("made up" if retracted else "", article.digest(), json.dumps(tags)),
        ]

    def _choose(self, words: int) -> list[str]:
        return self._dice.choices(self._words, cum_weights=self._word_weights, k=words)

    def _companies_of(self, ranks: Sequence[int], count: int) -> list[list[int]]:
        weights = list(accumulate(1 / rank for rank in ranks))
        wanted = min(TAGS_EACH, len(ranks))
        companies = []
        for _ in range(count):
            chosen: dict[int, None] = {}
            while len(chosen) < wanted:
                chosen |= dict.fromkeys(self._dice.choices(ranks, cum_weights=weights, k=wanted))
            companies.append(list(chosen)[:wanted])
        return companies


def _picture(number: int, author: Author) -> Media:
    return Media(f"https://img.example/{number}.jpg", "image/jpeg", credit=author.name, alt="A picture of it")


def _moment(moment: datetime | None) -> str | None:
    return moment.isoformat(" ", "microseconds") if moment else None
