"""Anybody may ask for any combination of tags: one that takes too long is refused, and so is one too many at once."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from conftest import Site

COMBINATIONS = [f"/feeds/tags/{name}.atom" for name in ("rain+snow", "rain,snow", "rain+!snow", "snow+!rain", "!snow")]


@contextmanager
def endless(site: Site) -> Iterator[None]:
    """Have a look at what was retracted never come to an end."""
    with site.service.database.write() as connection:
        connection.exec_driver_sql("ALTER TABLE tombstone RENAME TO away")
        connection.exec_driver_sql(
            "CREATE VIEW tombstone AS WITH RECURSIVE n (channel_id, published_at, article_id) AS "
            "(SELECT 0, '', 0 UNION ALL SELECT * FROM n) SELECT * FROM n"
        )
    yield
    with site.service.database.write() as connection:
        connection.exec_driver_sql("DROP VIEW tombstone")
        connection.exec_driver_sql("ALTER TABLE away RENAME TO tombstone")


def test_a_combination_that_takes_too_long_is_refused_and_nobody_else_waits_for_it(site: Site) -> None:
    site.publish(title="Both", tags=["Rain", "Snow"])
    site.publish(title="One", tags=["Rain"])
    with endless(site), ThreadPoolExecutor(len(COMBINATIONS)) as crowd:
        asked = [crowd.submit(site.get, address) for address in COMBINATIONS]
        assert site.get("/tags/rain").status_code == 200
        answers = [each.result() for each in asked]
    assert {(answer.status_code, "Retry-After" in answer.headers) for answer in answers} == {(503, True)}
    assert {site.get(address).status_code for address in COMBINATIONS} == {200}
