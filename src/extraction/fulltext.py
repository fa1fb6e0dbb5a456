"""The text of a full text: its paragraphs under their headings, from JATS or a PDF."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from extraction.sections import WITHIN, name_heading

# Raise it when the same bytes would give another text: what was read before is then read again.
READER = "2"
PDF = "application/pdf"


@dataclass(frozen=True, kw_only=True)
class Block:
    """A paragraph as it was read, with the headings it stands under, the outermost first.

    ``is_quotation`` is true where the document sets it off as somebody's words.
    """

    words: str
    headings: tuple[str, ...] = ()
    is_quotation: bool = False


@dataclass(frozen=True, kw_only=True)
class Paragraph:
    """A paragraph at ``text[start:end]``, offsets in code points, under its section.

    ``section`` is the headings in lower case, outermost first, ``sections.WITHIN`` between.
    """

    start: int
    end: int
    section: str = ""
    is_quotation: bool = False


@dataclass(frozen=True, kw_only=True)
class FullText:
    """A text, one line per heading and paragraph, and where its paragraphs stand in it."""

    text: str
    paragraphs: tuple[Paragraph, ...] = ()


def read_full_text(content: bytes) -> FullText:
    """The text of a document in JATS or PDF, told apart by its first bytes.

    Without what reports nothing: tables, captions, footnotes, references, thanks, running heads.
    Raises InputError with a sentence, which begins in small, where there is no text to be had.
    """
    # Imported here: who only tags abstracts needs neither.
    if media_type_of(content) == PDF:
        from extraction.pdf import read_pdf

        return join_blocks(read_pdf(content))
    from extraction.jats import read_jats

    return join_blocks(read_jats(content))


def media_type_of(content: bytes) -> str:
    """Whether a document is a PDF, which may have some bytes before its mark, or else XML."""
    return PDF if b"%PDF-" in content[:1024] else "application/xml"


def join_blocks(blocks: Iterable[Block]) -> FullText:
    """The text of paragraphs and their headings, a line each. Blocks without words are left out."""
    lines: list[str] = []
    paragraphs: list[Paragraph] = []
    length = 0
    above: tuple[str, ...] = ()
    for block in blocks:
        words = " ".join(block.words.split())
        if not words:
            continue
        for line in [*_opened(above, block.headings), words]:
            lines.append(line)
            length += len(line) + 1
        above = block.headings
        paragraphs.append(
            Paragraph(
                start=length - 1 - len(words),
                end=length - 1,
                section=WITHIN.join(filter(None, map(name_heading, block.headings))),
                is_quotation=block.is_quotation,
            )
        )
    return FullText(text="\n".join(lines), paragraphs=tuple(paragraphs))


def _opened(above: Sequence[str], headings: Sequence[str]) -> Iterator[str]:
    """The headings that begin with a paragraph, as lines."""
    same = 0
    while same < min(len(above), len(headings)) and above[same] == headings[same]:
        same += 1
    return (line for heading in headings[same:] if (line := " ".join(heading.split())))
