"""Tags: described, renamed, translated, merged, retired."""

from collections.abc import Callable, Mapping
from typing import Any

from flask import Response, g

from feedsvc.desk import tags
from feedsvc.desk.transaction import Transaction
from feedsvc.errors import NotFound
from feedsvc.languages import canonical_language
from feedsvc.selection import Selection
from feedsvc.slugs import slugify
from feedsvc.store import channels
from feedsvc.store.channels import FiledTag
from feedsvc.web.api.articles import SEEN_SECONDS, answer, newsroom
from feedsvc.web.api.models import Merge, TagBody, TagPatch, Tags
from feedsvc.web.api.operations import JSON, MERGE_PATCH, Api


def declare_tags(api: Api) -> None:
    """`/tags`, `/tags/{tag}`, and what is done to one: merge, retire, restore."""
    service = api.service

    @api.operation("GET", "/tags", "read", {200: Tags})
    def list_tags() -> Response:
        """List the tags that are in use, with how many published articles each has."""
        with service.database.read() as connection:
            found = channels.used(connection)
            labels = channels.labels(connection, [tag.number for tag in found])
        return answer({"tags": [_body(tag, labels[tag.number]) for tag in found]})

    @api.operation("GET", "/tags/{tag}", "read", {200: TagBody}, problems=(404,))
    def get_tag(tag: str) -> Response:
        """Get a tag, in any spelling, by any name it ever had."""
        with service.database.read() as connection:
            found = channels.find(connection, slugify(tag))
            if found is None:
                raise NotFound(f"There is no tag “{tag}”.")
            labels = channels.labels(connection, [found.number])
        return answer(_body(found, labels[found.number]))

    @api.operation(
        "PATCH", "/tags/{tag}", "publish", {200: TagBody}, body=TagPatch, takes=(MERGE_PATCH, JSON), problems=(404, 409)
    )
    def patch_tag(tag: str, body: TagPatch) -> Response:
        """Rename a tag, name it in other languages, or describe its feed. Its old addresses redirect, and its feed
        keeps its id."""

        def change(transaction: Transaction, found: FiledTag) -> None:
            # What a merge patch takes away is the usual one again.
            given: dict[str, str | None] = {"title": body.title, "description": body.description}
            taken = dict.fromkeys([name for name in given if g.sent.get(name, "") is None], "")
            tags.describe(transaction, found, **(given | taken))
            if "labels" in g.sent:
                labels = channels.labels(transaction.connection, [found.number])[found.number]
                tags.translate(transaction, found, dict.fromkeys(labels) if body.labels is None else body.labels)
            if body.label is not None:
                tags.rename(transaction, found, body.label)

        return _change(tag, change)

    @api.operation("POST", "/tags/{tag}/merge", "publish", {200: TagBody}, body=Merge, problems=(404, 409))
    def merge_tag(tag: str, body: Merge) -> Response:
        """Put every article of a tag under another, to which its addresses redirect from then on."""
        return _change(
            tag, lambda transaction, found: tags.merge(transaction, found, tags.require(transaction, body.into))
        )

    @api.operation("POST", "/tags/{tag}/retire", "publish", {200: TagBody}, problems=(404, 409))
    def retire_tag(tag: str) -> Response:
        """Have the addresses of a tag answer 410, and no article show it."""
        return _change(tag, tags.retire)

    @api.operation("POST", "/tags/{tag}/restore", "publish", {200: TagBody}, problems=(404, 409))
    def restore_tag(tag: str) -> Response:
        """Bring a retired tag back."""
        return _change(tag, tags.restore)

    def _change(tag: str, change: Callable[[Transaction, FiledTag], None]) -> Response:
        with newsroom(service).tag(tag) as (transaction, found):
            change(transaction, found)
            changed = channels.by_number(transaction.connection, found.number)
            labels = channels.labels(transaction.connection, [changed.number])[changed.number]
            seq = transaction.seq
        service.follower.wait_for(seq, SEEN_SECONDS)
        return answer(_body(changed, labels))

    def _body(tag: FiledTag, labels: Mapping[str, str]) -> dict[str, Any]:
        retired = tag.retired_at
        told = TagBody(
            label=tag.label,
            slug=tag.slug,
            labels={canonical_language(language): label for language, label in labels.items()},
            title=tag.title,
            description=tag.description,
            articles=tag.articles,
            retired=retired,
            url=service.urls.page(Selection(tag.slug)),
        )
        return told.model_dump(mode="json", exclude_none=True)
