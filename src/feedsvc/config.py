"""The settings: read once, frozen, each with its documentation beside it."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PrivateAttr, ValidationError
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from feedsvc import settings_text
from feedsvc.addresses import absolute_uri
from feedsvc.errors import ConfigError
from feedsvc.languages import canonical_language

PREFIX = "FEEDSVC_"
FILE_VARIABLE = "FEEDSVC_CONFIG"
SECRETS = ("password", "passfile", "sslpassword")
"""What is not to be shown of a database's address, since libpq takes it in the query as well."""
_ADDRESSES = ("hubs", "indexnow_url", "webhooks")

Line = Annotated[str, AfterValidator(settings_text.printable)]
ImageAddress = Annotated[str, AfterValidator(settings_text.image_address)]
WebAddress = Annotated[str, AfterValidator(settings_text.web_address)]


class Config(BaseModel):
    """Every setting of one feedsvc, validated and frozen; lengths in bytes, times in seconds unless said otherwise."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    database_url: Annotated[str, AfterValidator(settings_text.database_address)] = Field(
        "sqlite:///var/feedsvc.db", description="Where articles are stored: a SQLAlchemy address, SQLite or PostgreSQL."
    )
    database_pool: int = Field(
        10, ge=1, le=1000, description="How many connections each process opens to the database at most."
    )
    statement_timeout: float = Field(
        10,
        gt=0,
        le=3600,
        description="How long PostgreSQL may take for one statement, in seconds; after that it is ended.",
    )
    replica_url: Annotated[str, AfterValidator(settings_text.replica_address)] = Field(
        "", description="A PostgreSQL replica of the database to make documents from. Empty: none."
    )
    base_url: WebAddress = Field(
        "", description="The public address of the site, without a trailing slash. Empty: `http://HOST:PORT`."
    )
    title: Line = Field("News Line", min_length=1, description="The name of the site and of its global feed.")
    description: Line = Field(
        "The latest articles, as they are published.",
        min_length=1,
        description="One sentence about the site, carried by its feeds.",
    )
    language: Annotated[str, AfterValidator(canonical_language)] = Field(
        "en", description="The language of the site and of articles that name none (BCP 47)."
    )
    all_languages: bool = Field(
        True,
        description="Whether feeds and pages that name no language have articles in all, or in the site's alone.",
    )
    author: Line = Field(
        "News desk", min_length=1, description="The author of the feeds, and the desk behind the site."
    )
    logo: ImageAddress = Field("", description="The absolute address of the site's logo. Empty: none.")
    copyright: Line = Field("", description="The rights sentence that feeds carry. Empty: none.")
    feed_items: int = Field(50, ge=1, le=1000, description="A feed holds at least this many entries.")
    feed_hours: int = Field(
        48, ge=0, le=8760, description="A feed reaches back at least this many hours before its newest entry."
    )
    feed_bytes: int = Field(
        1_000_000,
        ge=10_000,
        description="A feed document is cut to its newest entries above this size, in bytes; an entry that would "
        "take a quarter of it has its summary for a body.",
    )
    frame_ancestors: Annotated[str, AfterValidator(settings_text.ancestors)] = Field(
        "*",
        description="Who may frame embeds, as `frame-ancestors` of CSP has it: `*`, `'none'`, or their origins.",
    )
    security_contact: Annotated[str, AfterValidator(settings_text.contact)] = Field(
        "", description="Whom to tell of a weakness: a `mailto:` or `https:` address. Empty: nobody is named."
    )
    page_size: int = Field(30, ge=1, le=500, description="How many headlines stand on one page.")
    max_age: int = Field(300, ge=0, description="How long caches may keep a feed or page without asking, in seconds.")
    search_max_age: int = Field(
        60, ge=0, description="How long caches may keep what a search has found without asking, in seconds."
    )
    stale_while_revalidate: int = Field(
        60, ge=0, description="How long a cache may serve an old copy while it asks for a new one, in seconds."
    )
    stale_if_error: int = Field(
        86_400, ge=0, description="How long a cache may serve an old copy when we do not answer, in seconds."
    )
    cache_bytes: int = Field(
        64 * 1024 * 1024,
        ge=1_000_000,
        description="The bound of each worker's cache of finished documents, in bytes; what takes more than a "
        "sixteenth of it is not kept.",
    )
    request_bytes: int = Field(64 * 1024, ge=1024, description="The largest request body a client may send, in bytes.")
    article_bytes: int = Field(
        4 * 1024 * 1024, ge=1024, description="The largest article that the API takes, as JSON, in bytes."
    )
    article_members: int = Field(
        100, ge=1, le=10_000, description="How many tags, authors, attachments and corrections an article has at most."
    )
    import_bytes: int = Field(
        1024 * 1024 * 1024, ge=1024, description="The largest document that the API imports, in bytes."
    )
    api_rate: Annotated[str, AfterValidator(settings_text.rate)] = Field(
        "600 per minute",
        description="How many requests of one key each worker answers in a time, as `NUMBER per UNIT`: second, minute "
        "or hour.",
    )
    api_if_match: bool = Field(
        False, description="Whether the API refuses to change an article for who does not say what it was (`If-Match`)."
    )
    trusted_proxies: int = Field(
        0, ge=0, le=10, description="How many proxies in front of us write `X-Forwarded-For`; 0 ignores the header."
    )
    purge_urls: Annotated[str, AfterValidator(settings_text.fronts)] = Field(
        "", description="The caches in front of us that each commit purges, as `KIND+URL`, one or several. Empty: none."
    )
    purge_token: str = Field("", repr=False, description="The secret that purges are authorised or signed with.")
    push: bool = Field(
        True,
        description="Whether `feedsvc serve` tells subscribers, hubs, IndexNow and webhooks of changes; off where "
        "`feedsvc push` does.",
    )
    push_connections: int = Field(
        200, ge=8, le=10_000, description="How many callbacks of subscribers each dispatcher asks at once at most."
    )
    push_host_connections: int = Field(
        8, ge=1, le=1000, description="How many of them may be on one host (name and port)."
    )
    push_timeout: float = Field(10, gt=0, le=300, description="How long a callback may take to answer, in seconds.")
    push_retry: float = Field(
        86_400, ge=0, description="How long a delivery that fails is tried again, in seconds; then it is given up."
    )
    push_signature: Literal["sha1", "sha256", "sha384", "sha512"] = Field(
        "sha256", description="The hash that deliveries are signed with, for those who gave a secret."
    )
    push_shortest_lease: int = Field(300, ge=1, description="The shortest lease of a subscription, in seconds.")
    push_longest_lease: int = Field(
        2_592_000,
        ge=1,
        description="The longest lease of a subscription, in seconds; whoever asks for none has ten days at most.",
    )
    push_host_subscriptions: int = Field(
        10_000, ge=1, description="How many subscriptions the callbacks on one host have at most."
    )
    push_host_rate: Annotated[str, AfterValidator(settings_text.rate)] = Field(
        "300 per minute",
        description="How often each worker lets one callback host be subscribed or unsubscribed, as `NUMBER per UNIT`.",
    )
    push_networks: Annotated[str, AfterValidator(settings_text.networks)] = Field(
        "",
        description="Networks (CIDR) that are not public and in which callbacks may be all the same, one or several. "
        "Empty: none.",
    )
    hubs: Annotated[str, AfterValidator(settings_text.web_addresses)] = Field(
        "", description="Other people's WebSub hubs that are told of each change, and announced. Empty: none."
    )
    indexnow_key: Annotated[str, AfterValidator(settings_text.index_key)] = Field(
        "", description="The key by which IndexNow knows the site; `/KEY.txt` shows it. Empty: IndexNow is not told."
    )
    indexnow_url: Annotated[str, AfterValidator(settings_text.web_addresses)] = Field(
        "https://api.indexnow.org/indexnow", description="Where IndexNow is told of changed articles, one or several."
    )
    webhooks: Annotated[str, AfterValidator(settings_text.web_addresses)] = Field(
        "", description="Your own addresses to which each commit's journal rows are sent, one or several. Empty: none."
    )
    webhook_secret: str = Field("", repr=False, description="The secret that they are signed with.")
    host: str = Field("127.0.0.1", min_length=1, description="The address `feedsvc serve` listens on.")
    port: int = Field(8000, ge=1, le=65_535, description="The port `feedsvc serve` listens on.")
    workers: int = Field(1, ge=1, le=256, description="How many worker processes `feedsvc serve` starts.")
    access_log: bool = Field(False, description="Whether each request is logged.")
    metrics: bool = Field(True, description="Whether `/metrics` answers Prometheus.")
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="The least serious message that is logged."
    )

    _origins: dict[str, str] = PrivateAttr(default_factory=dict)

    @classmethod
    def load(cls, environ: Mapping[str, str]) -> Self:
        """Read the settings from `environ` and the TOML file it names; the environment wins.

        Raises `ConfigError` with one sentence for every unknown or wrong setting.
        """
        values, origins = _read_file(environ[FILE_VARIABLE]) if environ.get(FILE_VARIABLE) else ({}, {})
        for variable, value in environ.items():
            if variable.startswith(PREFIX) and variable != FILE_VARIABLE:
                name = variable.removeprefix(PREFIX).lower()
                values[name], origins[name] = value, f"environment variable {variable}"
        try:
            config = cls.model_validate(values)
        except ValidationError as error:
            raise ConfigError("\n".join(_sentence(detail, origins) for detail in error.errors())) from None
        config._origins.update(origins)
        if config.push_shortest_lease > config.push_longest_lease:
            raise ConfigError(
                f"Setting 'push_shortest_lease' ({config.origin('push_shortest_lease')}): it is longer than "
                f"'push_longest_lease' ({config.origin('push_longest_lease')})."
            )
        if not config.base_url:
            return config._with_base_url()
        return config

    def origin(self, name: str) -> str:
        """Where the value of setting `name` came from: a variable, a file, or `default`."""
        return self._origins.get(name, "default")

    def public_value(self, name: str) -> object:
        """The value of setting `name` as it may be shown: without the password of the database, and no secret."""
        return _shown(name, getattr(self, name))

    def _with_base_url(self) -> Self:
        host = "127.0.0.1" if self.host in ("0.0.0.0", "::") else self.host  # noqa: S104 - compared, not bound
        address = f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"
        base_url = absolute_uri(address)
        if base_url is None:
            raise ConfigError(f"Setting 'host' ({self.origin('host')}): {self.host!r} is not the name of a host.")
        derived = self.model_copy(update={"base_url": base_url})
        derived._origins.update(self._origins, base_url="derived from host and port")
        return derived


def _read_file(name: str) -> tuple[dict[str, Any], dict[str, str]]:
    path = Path(name)
    try:
        values = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise ConfigError(f"{FILE_VARIABLE} names {name}, which cannot be read: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{FILE_VARIABLE} names {name}, which is not TOML: {error}") from None
    return values, dict.fromkeys(values, f"file {name}")


def _sentence(detail: Any, origins: Mapping[str, str]) -> str:
    name = str(detail["loc"][0])
    origin = origins.get(name, "default")
    if detail["type"] == "extra_forbidden":
        return f"There is no setting '{name}' ({origin})."
    reason = str(detail["msg"]).removeprefix("Value error, ")
    return f"Setting '{name}' ({origin}): {_shown(name, detail['input'])!r} {reason[0].lower()}{reason[1:]}."


def _shown(name: str, value: object) -> object:
    if (name in ("purge_token", "webhook_secret") and value) or (
        name in ("purge_urls", *_ADDRESSES) and "@" in str(value)
    ):
        return "…"
    if name not in ("database_url", "replica_url") or not value or not isinstance(value, str):
        return value
    try:
        return make_url(value).difference_update_query(SECRETS).render_as_string()
    except ArgumentError:
        # Wherever the password stands in it, it must not stand in a log.
        return "…"
