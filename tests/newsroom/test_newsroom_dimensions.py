"""The width and height of pictures: what is taken, what is given out, and what never had any."""

import json
from datetime import UTC, datetime

import pytest
from ledger import accept, changes, entry_of, exported, fresh_newsroom, publish
from sqlalchemy import text

from feedsvc.copydesk import edit
from feedsvc.errors import Rejected
from feedsvc.item import read_item

WITHOUT = {
    "id": "a",
    "title": "Rain",
    "image": "https://i.example/rain.jpg",
    "attachments": [{"url": "https://i.example/rain.mp3", "mime_type": "audio/mpeg", "size_in_bytes": 99}],
    "date_published": "2024-05-12T09:30:00Z",
    "_feedsvc": {"slug": "rain", "image": {"credit": "AZERTAC", "alt": "A wet street"}},
}
AS_0_2_STORED_IT = [
    {
        "role": "image",
        "url": "https://i.example/rain.jpg",
        "type": "image/jpeg",
        "length": 0,
        "title": "",
        "credit": "AZERTAC",
        "alt": "A wet street",
        "duration": 0,
    },
    {
        "role": "attachment",
        "url": "https://i.example/rain.mp3",
        "type": "audio/mpeg",
        "length": 99,
        "title": "",
        "credit": "",
        "alt": "",
        "duration": 0,
    },
]
AS_0_2_DIGESTED_IT = "d43219c47b9d65126c9eb6df0549647a"


def of_size(width, height):
    """The article with a picture, and an attachment, of that size."""
    size = {"width": width, "height": height}
    return WITHOUT | {
        "attachments": [{"url": "https://i.example/map.png", "mime_type": "image/png", "_feedsvc": size}],
        "_feedsvc": {"slug": "rain", "image": {"alt": "A wet street"} | size},
    }


def sizes(newsroom):
    """The sizes of the picture and of the attachment, as pages and feeds get them."""
    entry = entry_of(newsroom, "a")
    return [(media.width, media.height) for media in (entry.image, *entry.attachments)]


def test_a_size_goes_all_the_way_and_comes_back_byte_for_byte(engine, newsroom):
    publish(newsroom, **of_size(1600, 900))
    assert sizes(newsroom) == [(1600, 900)] * 2
    (item,) = exported(newsroom)
    assert item["_feedsvc"] == {"slug": "rain", "image": {"alt": "A wet street", "width": 1600, "height": 900}}
    assert item["attachments"][0]["_feedsvc"] == {"width": 1600, "height": 900}
    with fresh_newsroom(engine) as copy:
        accept(copy, item)
        assert json.dumps(exported(copy)) == json.dumps([item])
        assert accept(copy, item)[0].verdict == "unchanged"


@pytest.mark.parametrize(
    ("width", "height"), [(-1, 900), (1600, 0), (100_001, 10), (10, 100_001), (None, 900), (1600, None), (10**30, 10)]
)
def test_half_a_size_and_an_absurd_one_are_none(newsroom, width, height):
    publish(newsroom, **of_size(width, height))
    assert sizes(newsroom) == [(0, 0)] * 2
    (item,) = exported(newsroom)
    assert item["_feedsvc"]["image"] == {"alt": "A wet street"}
    assert "_feedsvc" not in item["attachments"][0]


def test_the_largest_size_is_one(newsroom):
    publish(newsroom, **of_size(100_000, 1))
    assert sizes(newsroom) == [(100_000, 1)] * 2


@pytest.mark.parametrize("wrong", ["wide", "", 1.5, [1600], {}])
@pytest.mark.parametrize("side", ["width", "height"])
def test_a_side_that_is_no_number_is_refused_and_pointed_at(wrong, side):
    for item, where in (
        ({"_feedsvc": {"image": {side: wrong}}}, f"/_feedsvc/image/{side}"),
        (
            {"attachments": [{"url": "https://i.example/a", "_feedsvc": {side: wrong}}]},
            f"/attachments/0/_feedsvc/{side}",
        ),
    ):
        with pytest.raises(Rejected, match="input should be a valid integer") as refused:
            read_item({"title": "Rain"} | item)
        assert refused.value.where == where


def test_a_size_that_is_learnt_later_revises_the_article(newsroom):
    publish(newsroom, **of_size(0, 0))
    assert publish(newsroom, **of_size(1600, 900)).verdict == "updated"
    assert publish(newsroom, **of_size(1600, 901)).verdict == "updated"
    assert publish(newsroom, **of_size(1600, 901)).verdict == "unchanged"
    assert sizes(newsroom) == [(1600, 901)] * 2


def test_what_has_no_size_is_digested_and_stored_as_before_there_were_sizes(newsroom):
    article = edit(read_item(WITHOUT), base_url="https://n.example", language="en", now=datetime.now(UTC))
    assert article.digest() == AS_0_2_DIGESTED_IT
    publish(newsroom, **WITHOUT)
    with newsroom._database.read() as connection:
        digest, media = connection.execute(text("SELECT digest, media FROM article")).one()
    assert digest == AS_0_2_DIGESTED_IT
    # Whether the driver decodes JSON or not, the members and their order are what counts.
    assert json.dumps(json.loads(media) if isinstance(media, str) else media) == json.dumps(AS_0_2_STORED_IT)


def test_an_article_that_an_earlier_version_has_filed_does_not_count_as_changed(newsroom):
    publish(newsroom, **WITHOUT | {"image": None, "attachments": None})
    with newsroom._database.write() as connection:
        stored = {"digest": AS_0_2_DIGESTED_IT, "media": json.dumps(AS_0_2_STORED_IT)}
        connection.execute(text("UPDATE article SET digest = :digest, media = :media"), stored)
    before = exported(newsroom)
    assert publish(newsroom, **WITHOUT).verdict == "unchanged"
    assert exported(newsroom) == before
    assert before[0]["attachments"][0]["size_in_bytes"] == 99
    assert len(changes(newsroom)) == 1
