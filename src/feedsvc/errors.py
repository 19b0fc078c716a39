"""What can go wrong in the newsroom, each with a sentence for the person who caused it."""


class FeedsvcError(Exception):
    """A condition with a sentence a person can act on; never a traceback for the one who reads it."""


class ConfigError(FeedsvcError):
    """A setting is unknown or wrong; the sentence names it and where it came from."""


class SchemaError(FeedsvcError):
    """The database is not at the schema this program needs."""


class CopyError(FeedsvcError):
    """A database cannot be copied or backed up as it was asked, or the result is not what it should be."""


class DatabaseAway(FeedsvcError):
    """The database cannot be reached, is too busy, or takes no change now; later it may."""


class DatabaseStillAway(DatabaseAway):
    """The database is away, as whoever watches it has said."""


class DatabaseBusy(DatabaseAway):
    """All of this process's connections to the database are in use."""


class AddressTaken(FeedsvcError):
    """The server cannot listen where it is told to."""


class Rejected(FeedsvcError):
    """An article is refused as it was handed in; `where` points into it (a JSON Pointer or a field name)."""

    def __init__(self, reason: str, where: str = "") -> None:
        super().__init__(f"{where}: {reason}" if where else reason)
        self.reason = reason
        self.where = where


class Conflict(Rejected):
    """What is asked of an article is nothing that its state allows."""


class Stale(FeedsvcError):
    """Somebody has changed the article since it was read."""


class Missing(FeedsvcError):
    """Whoever changes the article has to say what they have seen of it."""


class TooMany(FeedsvcError):
    """Whoever asks has asked too often; `seconds` from now they may again."""

    def __init__(self, message: str, seconds: int) -> None:
        super().__init__(message)
        self.seconds = seconds


class Reused(FeedsvcError):
    """What is to tell a request from all others was used for another one."""


class Refused(FeedsvcError):
    """Nobody is known by the key that was shown."""


class Forbidden(FeedsvcError):
    """Whoever asks may not do that."""


class Unreadable(FeedsvcError):
    """A document handed to import or publish is of no kind we can read."""


class NotFound(FeedsvcError):
    """There is no such article, tag or page."""


class Gone(FeedsvcError):
    """The article was here and has been retracted."""


class Moved(FeedsvcError):
    """What was asked for has a permanent address of its own: `location`, absolute."""

    def __init__(self, location: str) -> None:
        super().__init__(f"moved to {location}")
        self.location = location
