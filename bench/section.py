"""What one part of the benchmark found: text for the document, and facts for the table of what must be reached."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Section:
    """`text` is Markdown; `facts` are unrounded figures by name, in the unit that the name ends with or none."""

    text: str
    facts: Mapping[str, float]
