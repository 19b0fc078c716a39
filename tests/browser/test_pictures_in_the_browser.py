"""Pictures that have told their size: whole on the article's page, cropped in a list, and at rest while they load."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Route, expect
from visits import ENGLISH, Pressroom, Visit

pytest_plugins = ("chromium",)


def sized(width: int, height: int) -> dict[str, Any]:
    """The article with a picture that says it is so large."""
    picture = ENGLISH["_feedsvc"]["image"] | {"width": width, "height": height}
    # Older than what the other tests expect on top of the News Line.
    return ENGLISH | {"date_published": "2024-05-12T09:30:00Z", "_feedsvc": ENGLISH["_feedsvc"] | {"image": picture}}


def shape(picture: Locator) -> tuple[float, float]:
    box = picture.bounding_box()
    assert box
    return box["width"], box["height"]


@pytest.mark.parametrize(("width", "room"), [(320, 280), (1280, 704)])
def test_the_whole_picture_is_shown_in_its_own_shape_and_nothing_moves(
    visit: Callable[..., Visit], pressroom: Pressroom, width: int, room: int
) -> None:
    reader = visit(viewport={"width": width, "height": 800})
    held: list[Route] = []
    reader.page.route("**/demo-01.svg", lambda route: held.append(route))  # noqa: PLW0108 playwright asks it for a name
    path = pressroom.publish(sized(1600, 900))
    reader.page.goto(reader.base + path, wait_until="domcontentloaded")
    picture = reader.page.locator("article .picture img")
    # The number of reads comes by script and may be set anew: not before that is the page at rest.
    expect(reader.page.locator("[data-reads]")).not_to_have_text("Read: 0")
    assert shape(picture) == (pytest.approx(room, abs=16), pytest.approx(shape(picture)[0] * 9 / 16, abs=1))
    before = shape(picture), reader.page.locator("article .body").bounding_box()

    held[0].continue_()
    reader.page.wait_for_load_state("networkidle")

    assert picture.evaluate("(image) => [image.naturalWidth, image.naturalHeight]") == [1600, 900]
    assert (shape(picture), reader.page.locator("article .body").bounding_box()) == before
    assert reader.page.evaluate("shifts") == []
    assert reader.complaints == []


def test_a_small_picture_is_not_blown_up_and_a_tall_one_fits_the_window(
    visit: Callable[..., Visit], pressroom: Pressroom
) -> None:
    reader = visit(viewport={"width": 1280, "height": 800})
    reader.page.route("**/demo-01.svg", lambda route: route.fulfill(content_type="image/svg+xml", body=_drawing(*size)))
    for size, shown in (((320, 180), (320, 180)), ((1000, 9000), (704, 720))):
        reader.go(pressroom.publish(sized(*size)))
        assert shape(reader.page.locator("article .picture img")) == (
            pytest.approx(shown[0], abs=16),
            pytest.approx(shown[1], abs=1),
        )


@pytest.mark.parametrize("width", [320, 1280])
def test_the_lead_of_a_list_is_cropped_to_three_by_two_whatever_its_size(
    visit: Callable[..., Visit], pressroom: Pressroom, width: int
) -> None:
    reader = visit(viewport={"width": width, "height": 800})
    pressroom.publish(sized(1600, 900) | {"tags": [f"Pictures {width}"]})
    reader.go(f"/tags/pictures-{width}")
    picture = reader.page.locator(".lead img")
    expect(picture).to_have_attribute("height", "900")
    assert shape(picture)[0] / shape(picture)[1] == pytest.approx(1.5, abs=0.01)
    assert reader.width() == (width, width)
    assert reader.page.evaluate("shifts") == []


def _drawing(width: int, height: int) -> str:
    return f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}"/>'
