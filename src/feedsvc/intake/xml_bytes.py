"""XML as publishers write it, made as readable as it can be before a parser sees it."""

import codecs
import re

_CHARREF = re.compile(rb"&#(?:[xX]([0-9a-fA-F]{1,8})|([0-9]{1,10}));")
_PAIR = re.compile(
    rb"(&#(?:[xX][dD][89abAB][0-9a-fA-F]{2}|5[56][0-9]{3});)(&#(?:[xX][dD][c-fC-F][0-9a-fA-F]{2}|5[67][0-9]{3});)"
)
# ESC, SO and SI are left in: the encodings of the ISO 2022 family are made of them.
_CONTROLS = bytes(set(range(0x20)) - {0x09, 0x0A, 0x0D, 0x0E, 0x0F, 0x1B})


def mend(document: bytes) -> bytes:
    """`document` as it is, save for what no XML parser can read past and no reader can see.

    These are control characters and references to characters outside of XML 1.0 section 2.2; a character written
    as references to its two UTF-16 halves is put together. A UTF-16 document without a byte order mark is given one.
    """
    for start, mark in ((b"<\0", codecs.BOM_UTF16_LE), (b"\0<", codecs.BOM_UTF16_BE)):
        if document.startswith(start):
            return mark + document
    if b"\0" in document[:1024]:
        return document
    # feedparser knows a DOCTYPE only at the beginning of a line, and drops the entities of one that it has not seen.
    document = document.replace(b"?><!DOCTYPE", b"?>\n<!DOCTYPE", 1)
    return _CHARREF.sub(_legal_reference, _PAIR.sub(_joined_halves, document.translate(None, _CONTROLS)))


def is_utf8(document: bytes) -> bool:
    """Whether the bytes are UTF-8 beyond doubt, whatever the document says that they are.

    Text beyond ASCII in another encoding is practically never well-formed UTF-8; pure ASCII and NULs prove nothing.
    """
    if document.isascii() or b"\0" in document:
        return False
    try:
        document.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _code(reference: re.Match[bytes]) -> int:
    return int(reference[1], 16) if reference[1] else int(reference[2])


def _legal_reference(reference: re.Match[bytes]) -> bytes:
    code = _code(reference)
    legal = code in (0x9, 0xA, 0xD) or 0x20 <= code < 0xD800 or 0xE000 <= code < 0xFFFE or 0x10000 <= code < 0x110000
    return reference[0] if legal else b""


def _joined_halves(pair: re.Match[bytes]) -> bytes:
    halves = [_code(half) for part in pair.groups() if (half := _CHARREF.fullmatch(part))]
    if len(halves) == 2 and 0xD800 <= halves[0] < 0xDC00 <= halves[1] < 0xE000:
        return b"&#%d;" % (0x10000 + ((halves[0] - 0xD800) << 10) + halves[1] - 0xDC00)
    return pair[0]
