"""The text in a file's bytes, whatever encoding and line ends they were written with."""

from __future__ import annotations

import codecs
import re

from charset_normalizer import from_bytes

from review.errors import UnreadableFileError

_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# What bibliographic programs write; a free choice among all encodings errs on short texts.
_LEGACY = ["cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp1255", "cp1256", "gb18030"]
_LEGACY += ["big5", "shift_jis", "euc_kr", "mac_roman"]
_SAMPLE = 20_000
_DECLARED = re.compile(rb"\A\s*<\?xml\s[^>]*?encoding\s*=\s*[\"']([\w.:-]+)[\"']")
_MOST_CONTROLS = 0.002


def decode_text(data: bytes, name: str) -> str:
    """The text of a file called ``name``, with ``\\n`` or ``\\r`` still as they were.

    Raises UnreadableFileError where the bytes are no text.
    """
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            # A byte cut off at the end of a download is no reason to refuse the rest.
            text = data.decode(encoding, errors="replace")
            break
    else:
        text = _decode_unmarked(data)
    _refuse_binary(text, name)
    return text.lstrip("\ufeff")


def unify_newlines(text: str) -> str:
    """Every line end as ``\\n``.

    IEEE Xplore ends records with ``\\r\\n\\n\\r``; a parser that sees the lone ``\\r`` loses all
    records but the first and says nothing.
    """
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _decode_unmarked(data: bytes) -> str:
    head = data[:4000]
    if len(head) >= 4:
        # Western text in UTF-16 has a zero in every other byte.
        if head[1::2].count(0) > 0.4 * len(head[1::2]) and head[::2].count(0) < 0.1 * len(head):
            return data.decode("utf-16-le", errors="replace")
        if head[::2].count(0) > 0.4 * len(head[::2]) and head[1::2].count(0) < 0.1 * len(head):
            return data.decode("utf-16-be", errors="replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return _decode_declared(data) or _decode_legacy(data)


def _decode_declared(data: bytes) -> str:
    """The text of an XML file in the encoding it declares; empty where that is no answer."""
    if not (match := _DECLARED.match(data[:_SAMPLE])):
        return ""
    try:
        return data.decode(match.group(1).decode("ascii"))
    except (UnicodeDecodeError, LookupError):
        return ""


def _decode_legacy(data: bytes) -> str:
    """Text that is not UTF-8, or UTF-8 into which another encoding was pasted."""
    text = data.decode("utf-8", errors="surrogateescape")
    strangers = sum(map(len, re.findall("[\udc80-\udcff]+", text)))
    if sum(map(len, re.findall("[^\x00-\x7f\udc80-\udcff]+", text))) > strangers:
        return text.translate(
            {
                0xDC00 + byte: bytes([byte]).decode("cp1252", "replace")
                for byte in range(0x80, 0x100)
            }
        )
    telling = b"\n".join(line for line in re.split(rb"[\r\n]+", data) if not line.isascii())
    best = from_bytes(telling[:_SAMPLE], cp_isolation=_LEGACY).best()
    return data.decode(best.encoding if best else "cp1252", errors="replace")


def _refuse_binary(text: str, name: str) -> None:
    sample = text[:200_000]
    controls = len(re.findall("[\x00-\x08\x0e-\x1b\x7f]", sample))
    if controls > max(3, _MOST_CONTROLS * len(sample)):
        raise UnreadableFileError(
            f"{name}: not a text file; export the records as RIS, PubMed/MEDLINE text, CSV or XLSX"
        )
