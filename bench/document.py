"""docs/benchmarks.md: what is generated stands between markers, and what is written by hand stays."""

import re

from machine import ROOT

FILE = ROOT / "docs/benchmarks.md"


def write(sections: dict[str, str]) -> None:
    """Put each text between its markers, `<!-- name -->` and `<!-- end of name -->`. Raises `KeyError` for none."""
    text = FILE.read_text("utf-8")
    for name, content in sections.items():
        begin, end = f"<!-- {name} -->", f"<!-- end of {name} -->"
        if begin not in text or end not in text:
            raise KeyError(f"{FILE.name} has no place for {name}")
        text = re.sub(f"{begin}.*{end}", lambda _, new=f"{begin}\n{content}\n{end}": new, text, flags=re.DOTALL)
    FILE.write_text(text, "utf-8")
