"""The bytes handed in: unpacked if they are gzip, and never more of them in memory than the limits below."""

import contextlib
import gzip
import io
import zlib
from collections.abc import Iterator
from types import TracebackType
from typing import TYPE_CHECKING, Any, BinaryIO, Self, cast

from feedsvc.errors import Unreadable

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

LINE_LIMIT = 16 * 2**20
DOCUMENT_LIMIT = 64 * 2**20
_BUFFER = 2**16
_GZIP = b"\x1f\x8b"


class _Gunzipped(io.RawIOBase):
    """A gzip stream that ends where it is damaged, and says so in `damage`, so that what stands before is not lost."""

    def __init__(self, packed: BinaryIO) -> None:
        self._packed = gzip.GzipFile(fileobj=packed, mode="rb")
        self._length = 0
        self.damage = ""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        view = memoryview(buffer)
        try:
            data = self._packed.read1(len(view))
        except EOFError:
            self.damage = f"the gzip stream breaks off after {self._length:,} unpacked bytes"
            return 0
        except (gzip.BadGzipFile, zlib.error) as error:
            self.damage = f"the gzip stream is damaged after {self._length:,} unpacked bytes ({error})"
            return 0
        view[: len(data)] = data
        self._length += len(data)
        return len(data)


class Source:
    """A binary stream as lines or as a whole; it need not be seekable, and is left open.

    What is read ahead of the last line taken is lost to the owner of the stream.
    """

    def __init__(self, stream: BinaryIO, name: str) -> None:
        self.name = name
        self.line_number = 0
        self._wrapped: list[io.BufferedReader] = []
        self._reader = stream if isinstance(stream, io.BufferedReader) else self._wrap(cast(io.RawIOBase, stream))
        self._unpacked: _Gunzipped | None = None
        if self._reader.peek(len(_GZIP)).startswith(_GZIP):
            self._unpacked = _Gunzipped(cast(BinaryIO, self._reader))
            self._reader = self._wrap(self._unpacked)

    def _wrap(self, raw: io.RawIOBase) -> io.BufferedReader:
        reader: io.BufferedReader = io.BufferedReader(cast(Any, raw), _BUFFER)
        self._wrapped.append(reader)
        return reader

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        # A buffer that is merely dropped closes the stream beneath it, which belongs to the caller.
        for reader in reversed(self._wrapped):
            with contextlib.suppress(ValueError):  # the caller has closed it already
                reader.detach()

    @property
    def damage(self) -> str:
        """Why the bytes ended before their end, or "" while they have not."""
        return self._unpacked.damage if self._unpacked else ""

    def opening(self) -> bytes:
        """The bytes the text begins with, not yet taken; blank lines before them are passed over, and counted."""
        while head := self._reader.peek(1):
            blank = len(head) - len(head.lstrip())
            self.line_number += self._reader.read(blank).count(b"\n")
            if blank < len(head):
                return head[blank:]
        return b""

    def line(self, limit: int = LINE_LIMIT) -> bytes | None:
        """The next line with its end; b"" when there is none, and None for one longer than `limit` bytes."""
        line = self._reader.readline(limit + 1)
        self.line_number += bool(line)
        if len(line) <= limit or line.endswith(b"\n"):
            return line
        while (rest := self._reader.readline(_BUFFER)) and not rest.endswith(b"\n"):
            pass
        return None

    def lines(self) -> Iterator[bytes | None]:
        """Each further line as `line` gives it; `line_number` is its number, from 1."""
        while (line := self.line()) != b"":
            yield line

    def whole(self, taken: bytes = b"") -> bytes:
        """All that is left, after `taken`. Raises `Unreadable` when that is more than `DOCUMENT_LIMIT` bytes."""
        document = taken + self._reader.read(DOCUMENT_LIMIT + 1 - len(taken))
        if len(document) > DOCUMENT_LIMIT:
            raise Unreadable(
                f"{self.name}: it is larger than {DOCUMENT_LIMIT >> 20} MiB, the most that one feed or article may be; "
                "write larger imports as one JSON item a line"
            )
        return document
