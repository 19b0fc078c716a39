"""What is said of the host as a whole (RFC 6415), as XRD 1.0."""

from collections.abc import Iterable
from dataclasses import dataclass

from lxml.etree import Element, SubElement, tostring

CONTENT_TYPE = "application/xrd+xml; charset=utf-8"

_NAMESPACE = "http://docs.oasis-open.org/ns/xri/xrd-1.0"


@dataclass(frozen=True, slots=True)
class HostLink:
    """A link of the host: `rel`, absolute `href`, title, and media type, if that is known beforehand."""

    rel: str
    href: str
    title: str
    type: str = ""


def write_host_meta(links: Iterable[HostLink]) -> bytes:
    """The document that has `links`, in their order."""
    root = Element(f"{{{_NAMESPACE}}}XRD", nsmap={None: _NAMESPACE})  # type: ignore[dict-item] # the stubs forget None
    for link in links:
        fields = {"rel": link.rel, "type": link.type, "href": link.href}
        element = SubElement(root, f"{{{_NAMESPACE}}}Link", {name: value for name, value in fields.items() if value})
        SubElement(element, f"{{{_NAMESPACE}}}Title").text = link.title
    document: bytes = tostring(root, encoding="utf-8", xml_declaration=True, standalone=True)
    return document
