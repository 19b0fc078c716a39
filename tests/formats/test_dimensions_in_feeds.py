"""Where feeds say how wide and high a picture is, and that those of pictures without a size are what they were."""

import json
from dataclasses import replace

import pytest
from lxml import etree
from sample_feed import BASE, FULL, with_entry

from feedsvc.feed import Media
from feedsvc.formats import FORMATS

SIZED = Media(f"{BASE}/i.jpg", "image/jpeg", length=7, credit="Dee", width=1600, height=900)
CONTENT = "{http://search.yahoo.com/mrss/}content"

WITHOUT = {
    "rss": (
        '<media:content url="https://news.example/i.jpg" type="image/jpeg" medium="image" fileSize="2048">'
        "<media:credit>Dee &amp; Co</media:credit><media:description>A &lt;small&gt; hill</media:description>"
        '</media:content><media:content url="https://news.example/a.mp3" type="audio/mpeg" medium="audio"'
        ' duration="61"><media:title>Listen</media:title></media:content><media:content url="https://news.example/v.mp4"'
        ' type="video/mp4" medium="video" fileSize="99"><media:credit>Eve</media:credit></media:content>'
        '<media:content url="https://news.example/p.pdf" type="application/pdf" medium="document">'
        "<media:description>The paper</media:description></media:content></item>"
    ),
    "atom": (
        '<link href="https://news.example/i.jpg" rel="enclosure" type="image/jpeg" length="2048"/>'
        '<link href="https://news.example/a.mp3" rel="enclosure" type="audio/mpeg" title="Listen"/>'
        '<link href="https://news.example/v.mp4" rel="enclosure" type="video/mp4" length="99"/>'
        '<link href="https://news.example/p.pdf" rel="enclosure" type="application/pdf"/></entry>'
    ),
    "json": (
        '"attachments":[{"url":"https://news.example/a.mp3","mime_type":"audio/mpeg","title":"Listen",'
        '"duration_in_seconds":61},{"url":"https://news.example/v.mp4","mime_type":"video/mp4","size_in_bytes":99,'
        '"_feedsvc":{"credit":"Eve"}},{"url":"https://news.example/p.pdf","mime_type":"application/pdf",'
        '"_feedsvc":{"alt":"The paper"}}],'
        '"_feedsvc":{"slug":"שלום","image":{"credit":"Dee & Co","alt":"A <small> hill"}}}'
    ),
}


@pytest.mark.parametrize("form", FORMATS.values(), ids=FORMATS)
def test_media_without_a_size_are_written_byte_for_byte_as_before_there_were_sizes(form):
    assert WITHOUT[form.name] in form.write(FULL).decode()


def test_rss_says_the_size_of_every_picture():
    root = etree.fromstring(FORMATS["rss"].write(with_entry(image=SIZED, attachments=(replace(SIZED, width=3),))))
    given = [(each.get("width"), each.get("height"), each.get("fileSize")) for each in root.iter(CONTENT)]
    assert given == [("1600", "900", "7"), ("3", "900", "7")]


def test_json_feed_says_the_size_of_every_picture_under_our_own_name():
    feed = with_entry(image=SIZED, attachments=(replace(SIZED, credit=""),))
    (item,) = json.loads(FORMATS["json"].write(feed))["items"]
    assert item["_feedsvc"]["image"] == {"credit": "Dee", "width": 1600, "height": 900}
    assert item["attachments"][0]["_feedsvc"] == {"width": 1600, "height": 900}


def test_atom_has_no_place_for_a_size():
    document = FORMATS["atom"].write(with_entry(image=SIZED))
    assert document == FORMATS["atom"].write(with_entry(image=replace(SIZED, width=0, height=0)))
