"""The exports inside a zip archive, one by one, and whether a zip is an archive or a workbook."""

from __future__ import annotations

import io
import logging
import re
import zipfile
import zlib
from collections.abc import Iterator
from lzma import LZMAError

from identification.cleaning import clean_text
from identification.formats import ZIP_SIGNATURE
from review.errors import UnreadableFileError

log = logging.getLogger(__name__)

# An archive is read in memory; a hundred thousand records of PubMed XML are 2.4 GB.
MOST_BYTES = 1 << 30
MOST_MEMBERS = 1000
# Exports shrink to a tenth; what shrinks to less than this was made to burst.
_MOST_RATIO = 200
_SMALL = 10 << 20
# What systems add to an archive unasked.
_LITTER = re.compile(r"(?:.*/)?(?:__MACOSX/.*|\.DS_Store|Thumbs\.db|desktop\.ini)", re.IGNORECASE)
_DAMAGE = (
    zipfile.BadZipFile, zlib.error, LZMAError, OSError, EOFError, NotImplementedError,
    RuntimeError, ValueError,
)  # fmt: skip


def is_archive(data: bytes) -> bool:
    """Whether the bytes are a zip that is no Office document, whole or damaged."""
    if not data.startswith(ZIP_SIGNATURE):
        return False
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return "[Content_Types].xml" not in archive.namelist()
    except _DAMAGE:
        # Of a damaged one the first member tells: Office writes its list of parts first.
        return not re.match(rb".{30}(?:\[Content_Types\]|_rels/|docProps/|xl/)", data, re.DOTALL)


def check_workbook(data: bytes, name: str) -> None:
    """Raise UnreadableFileError where an Office document is no workbook, or would burst."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
    except _DAMAGE:
        raise UnreadableFileError(
            f"{name}: a damaged Excel workbook; save it again as XLSX, or export the records as CSV"
        ) from None
    if not any(part.filename.startswith("xl/") for part in parts):
        raise UnreadableFileError(
            f"{name}: an Office document, but not an Excel workbook; export the records as RIS, "
            "PubMed/MEDLINE text, CSV or XLSX"
        )
    _refuse_bomb(parts, name)


def read_members(data: bytes, name: str) -> Iterator[tuple[str, bytes]]:
    """The name and the bytes of every file in an archive, in its order.

    Raises UnreadableFileError, before any is read, where the archive is locked, damaged, empty,
    would unfold to more than ``MOST_BYTES``, or holds a name that leads out of its folder; and
    where a member is an archive itself.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = _members(archive, name)
            for member in members:
                content = archive.read(member)
                shown = _shown(member)
                if is_archive(content):
                    raise UnreadableFileError(
                        f"{name}: {shown} is a zip archive inside the archive; unpack it and "
                        "import the files inside"
                    )
                yield shown, content
    except _DAMAGE as damaged:
        log.info("%s: zipfile: %.200r", name, damaged)
        raise UnreadableFileError(
            f"{name}: a damaged zip archive; pack or download it again"
        ) from None


def _members(archive: zipfile.ZipFile, name: str) -> list[zipfile.ZipInfo]:
    members = [
        member
        for member in archive.infolist()
        if not member.is_dir() and not _LITTER.fullmatch(member.filename)
    ]
    if "mimetype" in archive.namelist():
        raise UnreadableFileError(f"{name}: an OpenDocument file; save the table as CSV or XLSX")
    if not members:
        raise UnreadableFileError(f"{name}: a zip archive without files; pack the exports again")
    for member in members:
        _refuse_outside(member, name)
        if member.flag_bits & 0x1:
            raise UnreadableFileError(
                f"{name}: {_shown(member)} is locked with a password; pack it again without one"
            )
    _refuse_bomb(members, name)
    return members


def _refuse_outside(member: zipfile.ZipInfo, name: str) -> None:
    """No member is ever written to disk; a name that leads elsewhere still means no good."""
    # ZipInfo writes "\\" as "/" on Windows only.
    path = member.orig_filename.replace("\\", "/")
    if path.startswith("/") or re.match(r"[A-Za-z]:", path) or ".." in path.split("/"):
        raise UnreadableFileError(
            f"{name}: the archive holds a file whose name leads out of its folder "
            f"({_shown(member)}); pack the exports again"
        )


def _refuse_bomb(members: list[zipfile.ZipInfo], name: str) -> None:
    size = sum(member.file_size for member in members)
    packed = sum(member.compress_size for member in members)
    if len(members) > MOST_MEMBERS or size > MOST_BYTES:
        raise UnreadableFileError(
            f"{name}: the archive unfolds to {len(members)} files of {size / 1e6:,.0f} MB, more "
            f"than {MOST_MEMBERS} files or {MOST_BYTES / 1e6:,.0f} MB; import the files inside in "
            "several parts"
        )
    if size > _SMALL and size > _MOST_RATIO * packed:
        raise UnreadableFileError(
            f"{name}: the archive unfolds to {size / max(packed, 1):,.0f} times its size, as no "
            "exports do; unpack it and import the files inside"
        )


def _shown(member: zipfile.ZipInfo) -> str:
    return clean_text(member.filename)[-120:]
