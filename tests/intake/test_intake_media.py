import io
from typing import Any

import pytest

from feedsvc.intake import read_document
from feedsvc.item import Caption, Item

NAMESPACES = 'xmlns:media="http://search.yahoo.com/mrss/" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"'


def only(item: str) -> Item:
    document = (
        f'<rss version="2.0" {NAMESPACES}><channel><link>https://example.org/</link>'
        f"<item><guid isPermaLink='false'>1</guid><title>Headline</title>{item}</item></channel></rss>"
    )
    (submission,) = read_document(io.BytesIO(document.encode()), "feed")
    assert submission.item is not None
    return submission.item


def attached(item: Item) -> list[dict[str, Any]]:
    return [one.model_dump(exclude_none=True, exclude_defaults=True) for one in item.attachments or []]


def test_an_enclosure_is_an_attachment_with_its_size_and_duration():
    item = only('<enclosure url="/a.mp3" type="audio/mpeg" length="1337"/><itunes:duration>1:00:09</itunes:duration>')
    assert attached(item) == [
        {
            "url": "https://example.org/a.mp3",
            "mime_type": "audio/mpeg",
            "size_in_bytes": 1337,
            "duration_in_seconds": 3609.0,
        }
    ]


@pytest.mark.parametrize("length", ["0", "", "-5", "12.5", "many", "9" * 19])
def test_a_length_that_is_none_is_left_out(length):
    assert attached(only(f'<enclosure url="/a.mp3" length="{length}"/>')) == [{"url": "https://example.org/a.mp3"}]


@pytest.mark.parametrize(
    ("duration", "seconds"), [("74", 74), ("1:02", 62), ("0", None), ("soon", None), ("1:2:3:4", None)]
)
def test_a_duration_is_seconds_or_a_clock(duration, seconds):
    (one,) = only(f'<enclosure url="/a.mp3"/><itunes:duration>{duration}</itunes:duration>').attachments or []
    assert one.duration_in_seconds == seconds


def test_the_duration_belongs_to_the_first_thing_that_plays():
    item = only(
        '<enclosure url="/a.pdf" type="application/pdf"/><enclosure url="/b.mp3" type="audio/mpeg"/>'
        '<enclosure url="/c.mp3" type="audio/mpeg"/><itunes:duration>74</itunes:duration>'
    )
    assert [one.duration_in_seconds for one in item.attachments or []] == [None, 74, None]


def test_an_enclosure_without_an_address_is_left_out():
    assert only('<enclosure type="audio/mpeg"/><enclosure url="javascript:x"/>').attachments is None


def test_the_widest_picture_is_the_lead_image_with_its_credit_and_description():
    item = only(
        '<description>Text</description><media:content url="/s.jpg" medium="image" width="140"/>'
        '<media:content url="/l.jpg" type="image/jpeg" width="620"><media:title>M</media:title>'
        "<media:credit>Photo desk</media:credit>"
        '<media:description type="html">A &lt;b&gt;boat&lt;/b&gt;</media:description></media:content>'
    )
    assert (item.title, item.summary) == ("Headline", "Text")
    assert item.image == "https://example.org/l.jpg"
    assert (item.feedsvc.image.credit, item.feedsvc.image.alt) == ("Photo desk", "A boat")
    assert [one.url for one in item.attachments or []] == ["https://example.org/s.jpg"]


def sides(caption: Caption) -> tuple[int | None, int | None]:
    return caption.width, caption.height


def test_pictures_come_with_the_size_that_media_rss_says():
    item = only(
        '<media:content url="/l.jpg" medium="image" width="1600" height="900"/>'
        '<media:content url="/s.jpg" medium="image" width="160" height=" 90 "/>'
        '<media:content url="/n.jpg" medium="image" width="100%" height="-1"/>'
        '<media:content url="/h.jpg" medium="image" width="150"/>'
    )
    assert sides(item.feedsvc.image) == (1600, 900)
    assert [sides(one.feedsvc) for one in item.attachments or []] == [(160, 90), (None, None), (150, None)]


def test_an_enclosure_has_the_size_that_media_rss_says_of_it():
    item = only(
        '<enclosure url="/a.jpg" type="image/jpeg" length="5"/><media:content url="/a.jpg" width="40" height="30"/>'
    )
    assert (item.image, sides(item.feedsvc.image)) == ("https://example.org/a.jpg", (40, 30))


def test_a_thumbnail_that_serves_as_the_lead_image_keeps_its_size_and_takes_no_caption():
    item = only(
        "<media:group><media:credit>Of the film</media:credit>"
        '<media:thumbnail url="/s.jpg" width="200" height="150"/>'
        '<media:thumbnail url="/l.jpg" width="400" height="300"/>'
        "</media:group>"
    )
    assert (item.image, sides(item.feedsvc.image)) == ("https://example.org/l.jpg", (400, 300))
    assert (item.feedsvc.image.credit, item.feedsvc.image.alt) == (None, None)
    assert sides(only('<itunes:image href="/i.jpg"/>').feedsvc.image) == (None, None)


def test_captions_of_the_entry_hold_for_its_media():
    item = only(
        "<description>Text</description><media:credit>Agency</media:credit><media:description>Caption</media:description>"
        '<media:content url="/a.mp4" type="video/mp4" fileSize="99" duration="7"><media:credit/></media:content>'
        "<media:content/>"
    )
    assert attached(item) == [
        {
            "url": "https://example.org/a.mp4",
            "mime_type": "video/mp4",
            "size_in_bytes": 99,
            "duration_in_seconds": 7.0,
            "feedsvc": {"credit": "Agency", "alt": "Caption"},
        }
    ]


def test_a_group_gives_its_best_rendition():
    item = only(
        '<media:group><media:content url="/s.jpg" medium="image" width="9"/><media:content url="/l.jpg" medium="image" '
        'width="99"/></media:group><media:group><media:content url="/a.mp4" isDefault="true" medium="video"/>'
        '<media:content url="/b.mp4" medium="video" width="9999"/></media:group><media:group/>'
        '<media:group><media:content medium="video"/></media:group>'
    )
    assert item.image == "https://example.org/l.jpg"
    assert [one.url for one in item.attachments or []] == ["https://example.org/a.mp4"]


def test_our_own_feeds_come_back_as_they_went():
    # The one enclosure RSS allows is the first attachment; all media stand again as media:content, the image first.
    item = only(
        '<enclosure url="/b.mp3" length="5" type="audio/mpeg"/>'
        '<media:content url="/a.jpg" type="image/jpeg" medium="image"><media:credit>C</media:credit></media:content>'
        '<media:content url="/b.mp3" type="audio/mpeg" medium="audio" duration="7"><media:title>B</media:title>'
        "</media:content>"
        '<media:content url="/c.pdf" type="application/pdf" medium="document"/>'
    )
    assert (item.image, item.feedsvc.image.credit) == ("https://example.org/a.jpg", "C")
    assert attached(item) == [
        {
            "url": "https://example.org/b.mp3",
            "mime_type": "audio/mpeg",
            "title": "B",
            "size_in_bytes": 5,
            "duration_in_seconds": 7.0,
        },
        {"url": "https://example.org/c.pdf", "mime_type": "application/pdf"},
    ]


def test_a_picture_that_is_the_only_enclosure_is_the_lead_image():
    item = only(
        '<enclosure url="/a.jpg" type="image/jpeg" length="5"/>'
        '<media:content url="/a.jpg"><media:credit>C</media:credit></media:content>'
    )
    assert (item.image, item.feedsvc.image.credit, item.attachments) == ("https://example.org/a.jpg", "C", None)
    assert only('<enclosure url="/a.jpg?x=1"/>').image == "https://example.org/a.jpg?x=1"


def test_without_a_picture_the_itunes_image_or_the_widest_thumbnail_is_the_lead_image():
    thumbnails = (
        '<media:thumbnail url="/s.jpg" width="100"/><media:thumbnail url="/l.jpg" width="200"/><media:thumbnail/>'
    )
    assert only(thumbnails).image == "https://example.org/l.jpg"
    assert only(f'{thumbnails}<itunes:image href="/i.jpg"/>').image == "https://example.org/i.jpg"
    assert only('<media:thumbnail url="/icon.png" width="30"/><itunes:image href="data:,"/>').image is None


def test_the_description_of_a_film_is_the_text_of_an_entry_without_any():
    item = only(
        '<media:group><media:title>Film</media:title><media:content url="/a.mp4" type="video/mp4"/>'
        "<media:content/><media:description>First.\n\nSecond.</media:description></media:group>"
    )
    assert (item.title, item.content_text) == ("Headline", "First.\n\nSecond.")
    assert attached(item) == [{"url": "https://example.org/a.mp4", "mime_type": "video/mp4", "title": "Film"}]


def test_an_itunes_summary_serves_only_where_there_is_no_other_text():
    item = only("<description>&lt;p&gt;Rich&lt;/p&gt;</description><itunes:summary>Plain</itunes:summary>")
    assert (item.content_html, item.content_text, item.summary) == ("<p>Rich</p>", None, None)
    assert only("<itunes:summary>Plain</itunes:summary>").summary == "Plain"


def test_atom_content_that_stands_elsewhere_is_an_attachment():
    document = (
        '<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>urn:x:1</id><link href="https://example.org/a"/>'
        '<content src="https://example.org/a.mp4" type="video/mp4"/></entry><entry><id>urn:x:2</id>'
        '<link href="https://example.org/b"/><content src="https://example.org/b" type="text/html"/></entry></feed>'
    )
    first, second = (one.item for one in read_document(io.BytesIO(document.encode()), "feed"))
    assert first is not None
    assert second is not None
    assert attached(first) == [{"url": "https://example.org/a.mp4", "mime_type": "video/mp4"}]
    assert second.attachments is None


def test_entries_that_cannot_be_matched_go_without_media():
    # feedparser takes an entry in a foreign vocabulary for no entry.
    document = (
        f'<rss version="2.0" {NAMESPACES}><channel><item><guid>https://example.org/1</guid>'
        '<media:content url="https://example.org/a.jpg" medium="image"/><x:item xmlns:x="urn:x"/></item>'
        "</channel></rss>"
    )
    (submission,) = read_document(io.BytesIO(document.encode()), "feed")
    assert submission.item is not None
    assert submission.item.image is None
