"""What machines find in the head of a page, read by somebody else's parser; and texts that mean to break out of it."""

from typing import Any

import extruct
import httpx

HOSTILE = [
    '"><script>window.ran = 1</script>',
    "</script><script>window.ran = 1</script>",
    "<!--<script>",
    "]]> &amp; &lt;b&gt; &#39; &quot",
    "' onload='window.ran = 1' \" `${window.ran = 1}` \\u0022 \\",
    "\u200fright \u202eto left\u202c\u2069 {{ 7 * 7 }} {% raw %}",
]


def linked_data(response: httpx.Response) -> list[dict[str, Any]]:
    """The JSON-LD objects of a page."""
    found: list[dict[str, Any]] = extruct.extract(response.text, syntaxes=["json-ld"])["json-ld"]
    return found


def graph(response: httpx.Response) -> list[tuple[str, str]]:
    """The Open Graph properties of a page, in their order."""
    found: list[dict[str, Any]] = extruct.extract(response.text, syntaxes=["opengraph"])["opengraph"]
    return [pair for each in found for pair in each["properties"]]
