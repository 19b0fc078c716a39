"""What Prometheus would make of an answer of `/metrics`."""

from collections.abc import Iterator

from conftest import Served, Site
from prometheus_client.parser import text_string_to_metric_families


class Scrape:
    """One answer of `/metrics`, read by prometheus-client's own parser."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.families = list(text_string_to_metric_families(text))
        self.samples = [sample for family in self.families for sample in family.samples]

    def values(self, name: str, **labels: str) -> list[float]:
        """The values of `name` that have at least these labels."""
        return [
            sample.value for sample in self.samples if sample.name == name and labels.items() <= sample.labels.items()
        ]

    def total(self, name: str, **labels: str) -> float:
        """Their sum; 0 when there is none."""
        return sum(self.values(name, **labels))

    def label(self, name: str, label: str) -> set[str]:
        """Every value of a label of `name`."""
        return {sample.labels[label] for sample in self.samples if sample.name == name and label in sample.labels}

    def counts(self) -> Iterator[tuple[tuple[object, ...], float]]:
        """Every number that may only grow, by its name and labels."""
        for sample in self.samples:
            if sample.name.endswith(("_total", "_bucket", "_count", "_sum")):
                yield (sample.name, *sorted(sample.labels.items())), sample.value

    def names(self) -> set[str]:
        """The metrics' names as queries have them; a histogram is named without its suffixes."""
        return {f"{family.name}_total" if family.type == "counter" else family.name for family in self.families}


def scrape(site: Site | Served) -> Scrape:
    """Ask for `/metrics`, on the connection that is there."""
    response = site.http.get("/metrics")
    assert response.status_code == 200, response.text
    return Scrape(response.text)
