"""What a browser wants to know to search a site (OpenSearch 1.1, draft 6)."""

from collections.abc import Iterable
from dataclasses import dataclass

from lxml.etree import Element, SubElement, tostring

CONTENT_TYPE = "application/opensearchdescription+xml; charset=utf-8"

_NAMESPACE = "http://a9.com/-/spec/opensearch/1.1/"
# Section "The ShortName element", and that of the description.
_LONGEST_NAME, _LONGEST_DESCRIPTION = 16, 1024


@dataclass(frozen=True, slots=True)
class Engine:
    """Where to search: an address with `{searchTerms}` in it, and the media type of what is found there."""

    template: str
    type: str


def write_opensearch(
    name: str, description: str, language: str, icon: str, address: str, engines: Iterable[Engine]
) -> bytes:
    """The document at `address` of a site with a name, in a language (BCP 47)."""
    root = Element(f"{{{_NAMESPACE}}}OpenSearchDescription", nsmap={None: _NAMESPACE})  # type: ignore[dict-item] # the stubs forget None

    def add(tag: str, text: str = "", **fields: str) -> None:
        SubElement(root, f"{{{_NAMESPACE}}}{tag}", fields).text = text or None

    add("ShortName", name[:_LONGEST_NAME].rstrip())
    add("LongName", name[:48].rstrip())
    add("Description", description[:_LONGEST_DESCRIPTION])
    for engine in engines:
        add("Url", type=engine.type, template=engine.template)
    add("Url", type="application/opensearchdescription+xml", rel="self", template=address)
    add("Image", icon, type="image/svg+xml")
    add("Language", language)
    add("InputEncoding", "UTF-8")
    add("OutputEncoding", "UTF-8")
    document: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return document
