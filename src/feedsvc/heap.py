"""The heap of a process that serves for months: what it was made of at first, and what it keeps."""

import ctypes
import gc

_M_MMAP_THRESHOLD = -3  # malloc.h
_BODY_BYTES = 32 * 1024


def settle() -> None:  # pragma: no cover - for the life of a process of its own
    """Take what there is by now for what there will always be, and have whatever is as large as a feed lie by itself.

    Python's search for garbage then passes over all that was imported, for which it stops every thread for 70 ms; and
    a body gives its memory back when it is dropped, where among small pieces it would leave a hole (mallopt(3)).
    """
    gc.collect()
    gc.freeze()
    # Not every C library has it; musl gives back by itself.
    if mallopt := getattr(ctypes.CDLL(None), "mallopt", None):
        mallopt(_M_MMAP_THRESHOLD, _BODY_BYTES)
