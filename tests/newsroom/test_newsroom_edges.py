"""What only hostile or careless input shows."""

import pytest

from feedsvc.config import Config
from feedsvc.errors import ConfigError
from feedsvc.markup import sanitise

BASE = "https://paper.example/stories/1"


def test_line_breaks_at_the_head_of_preformatted_text_cost_the_article_nothing() -> None:
    markup = '<img src="/a.png"><pre>' + "\n" * 12 + "code</pre><p>x <b>y</b></p>"
    cleaned = '<img src="https://paper.example/a.png"><pre>code</pre><p>x <b>y</b></p>'
    assert sanitise(markup, BASE) == cleaned


def test_an_image_without_an_address_does_not_become_the_page_itself() -> None:
    assert sanitise('<img src=" " alt="A"><a href="">a</a>', BASE) == '<img alt="A"><a rel="noopener noreferrer">a</a>'


def test_a_derived_base_url_is_an_address_or_a_sentence() -> None:
    assert Config.load({"FEEDSVC_HOST": "::1"}).base_url == "http://[::1]:8000"
    assert Config.load({"FEEDSVC_HOST": "bücher.example"}).base_url == "http://xn--bcher-kva.example:8000"
    with pytest.raises(ConfigError, match=r"'host' \(environment variable FEEDSVC_HOST\): '\[::1\]' is not the name"):
        Config.load({"FEEDSVC_HOST": "[::1]"})
