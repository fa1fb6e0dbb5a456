"""The paragraphs of a PDF's text layer, under their headings.

A PDF says where each character stands and how large it is, not what it belongs to. What is smaller
than the running text (notes, captions, references, raised numbers) and what stands above or below
several pages (running heads) is left out; paragraphs and headings are told by length, stop and
size.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median

import pypdfium2

from extraction.fulltext import Block
from extraction.sections import SectionKind, is_aside, kind_of_section, name_heading
from review.errors import InputError

# A scanned page has no letters; a cover sheet put before a scan has a few hundred.
_FEWEST_LETTERS = 500
_MANY_PAGES, _LINES_OF_HEADS = 6, 2.5
# Smaller than this share of the running text is no running text; larger is a heading.
_SMALL, _LARGE = 0.85, 1.15
# What PDFium writes for the hyphen of a word that it has put together itself.
_PARTED = "\x02"
_PARTED_WORD = re.compile(rf"(\w*)[{_PARTED}\xad\ufffe]\s*(\w*)")
_HYPHENS = f"{_PARTED}\xad\ufffe-‐‑"
# "Table 2 shows that ..." is a sentence.
_CAPTION = re.compile(
    r"(?i:table|figure|fig\.|box|tabelle|abbildung|abb\.|tableau|tabla|figura|appendix)\s*"
    r"(?:[A-Z]?\d+|[IVX]+)\b(?:\s*[.:|–—]|\s*$|\s+[^\W\d_a-zß-ÿ])"
)
# A line of the text may begin with "received" or "accepted", too.
_FURNITURE = re.compile(
    r"(?i:page\s*)?\d{1,5}(?:\s*(?:of|/|\|)\s*\d+)?|(?i:https?://|www\.|doi:?\s*10\.)\S+"
    r"|(?:(?:Received|Accepted|Revised|(?:First )?[Pp]ublished(?: online)?)"
    r"(?::|\s+(?=\d|[A-Z][a-z]+ \d))|RECEIVED|ACCEPTED|Downloaded (?:from|by)|Copyright\b"
    r"|(?:©|\([cC]\)) ?|(?:\*\s?)?Correspond(?:ence(?::| to\b| should\b| address)|ing [Aa]uthor)"
    r"|[Ee]-?mail(?::|\s+\S+@)|(?i:this is an open[- ]access|all rights reserved)).*"
)
_NUMBERED = re.compile(r"\d{1,2}(?:\.\d{1,2}){1,3}\.?\s+(?=[^\W\d_])")
# Words that keep their hyphen wherever a line ends.
_KEEPS_HYPHEN = re.compile(
    r"(?:twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|self)", re.IGNORECASE
)
_STOP = re.compile(r"[.!?:;…][”“»’\"')\]]*\d{0,3}$")
_BULLET = re.compile(r"[•‣▪●○–—*-]\s|\(?(?:\d{1,2}|[a-z])[.)]\s")
_ABSTRACT = frozenset(("abstract", "summary", "zusammenfassung", "résumé", "resumen", "תקציר"))


@dataclass(frozen=True, kw_only=True)
class _Line:
    """A line of a page: its words, the size of most of its characters and its height, in points."""

    words: str
    size: float
    height: float


def read_pdf(content: bytes) -> list[Block]:
    """The paragraphs of a PDF without its abstract, which is known from the record.

    Raises InputError where it is damaged, locked, or holds pictures of text.
    """
    pages = _read_pages(content)
    letters = sum(c.isalpha() for page in pages for line in page for c in line.words)
    if letters < _FEWEST_LETTERS:
        raise InputError(
            f"the PDF holds no text but pictures of it ({letters} letters on {len(pages)} pages); "
            "run it through text recognition, such as ocrmypdf, and give the result"
        )
    usual = _usual_size(pages)
    lines = [
        line
        for line in _without_heads(pages)
        if line.size >= _SMALL * usual and not _FURNITURE.fullmatch(line.words)
    ]
    return list(_paragraphs(_without_front(_without_tables(lines, usual)), usual))


def _read_pages(content: bytes) -> list[list[_Line]]:
    try:
        with pypdfium2.PdfDocument(content) as document:
            return [list(_read_page(document[number])) for number in range(len(document))]
    except pypdfium2.PdfiumError as failure:
        locked = "password" in str(failure).lower()
        raise InputError(
            "the PDF is locked with a password; save it without one"
            if locked
            else f"the PDF is damaged ({failure}); save it again"
        ) from None


def _read_page(page: pypdfium2.PdfPage) -> Iterator[_Line]:
    """The lines of a page in the order they are written, which in columns is reading order."""
    text = page.get_textpage()
    words: list[tuple[str, float, float]] = []
    for index in range(text.count_chars()):
        character = chr(pypdfium2.raw.FPDFText_GetUnicode(text, index))
        if character in "\r\n":
            yield from _line(words)
            words = []
        else:
            _, bottom, _, top = text.get_charbox(index, loose=True)
            words.append((character, round(top - bottom, 1), bottom))
    yield from _line(words)


def _line(characters: Sequence[tuple[str, float, float]]) -> Iterator[_Line]:
    """The line, without what is raised or lowered in it."""
    sizes = Counter(size for character, size, _ in characters if not character.isspace())
    if not sizes:
        return
    size = sizes.most_common(1)[0][0]
    words = "".join(c for c, own, _ in characters if c.isspace() or own >= _SMALL * size)
    if words := " ".join(words.split()):
        height = next(bottom for character, own, bottom in characters if own == size)
        yield _Line(words=words, size=size, height=height)


def _usual_size(pages: Sequence[Sequence[_Line]]) -> float:
    sizes: Counter[float] = Counter()
    for page in pages:
        for line in page:
            sizes[line.size] += len(line.words)
    return sizes.most_common(1)[0][0]


def _without_heads(pages: Sequence[Sequence[_Line]]) -> Iterator[_Line]:
    """The lines but those that stand, but for their numbers, above or below several pages.

    A word alone on the last line of paragraphs on several pages is none of them.
    """
    edges = [_edges(page) for page in pages]
    seen = Counter(words for edge in edges for words in {_masked(line.words) for line in edge})
    # Heads of the left pages and of the right ones differ.
    several = 2 if len(pages) < _MANY_PAGES else 3
    for page, edge in zip(pages, edges, strict=True):
        for line in page:
            if line not in edge or seen[_masked(line.words)] < several:
                yield line


def _edges(page: Sequence[_Line]) -> list[_Line]:
    """The lines that nothing or one line stands above, and those that it stands below."""
    highest = max((line.height for line in page), default=0)
    lowest = min((line.height for line in page), default=0)
    return [
        line
        for line in page
        if min(highest - line.height, line.height - lowest) < _LINES_OF_HEADS * line.size
    ]


def _masked(words: str) -> str:
    return " ".join(re.sub(r"\d+", " ", words).lower().split())


def _without_tables(lines: Sequence[_Line], usual: float) -> list[_Line]:
    """The lines but captions and cells: three short ones or more in a row, no stop, no heading."""
    width = median(sorted(len(line.words) for line in lines)[len(lines) // 2 :])
    kept: list[_Line] = []
    cells: list[_Line] = []
    for line in lines:
        short = len(line.words) < 0.6 * width and not _STOP.search(line.words)
        if short and not _BULLET.match(line.words) and not _is_known(line.words):
            cells.append(line)
            continue
        kept.extend(cells if len(cells) < 3 else [c for c in cells if c.size >= _LARGE * usual])
        cells = []
        kept.append(line)
    return kept + (cells if len(cells) < 3 else [])


def _without_front(lines: list[_Line]) -> list[_Line]:
    """The lines from the abstract on where one is marked, without names and addresses before it."""
    for number, line in enumerate(lines):
        if _is_abstract(line.words):
            return lines[number:]
        if kind_of_section(line.words) is not SectionKind.OTHER:
            break
    return lines


def _is_known(words: str) -> bool:
    return is_aside(words) or kind_of_section(words) is not SectionKind.OTHER or _is_abstract(words)


def _is_abstract(words: str) -> bool:
    return name_heading(words) in _ABSTRACT


def _paragraphs(lines: Sequence[_Line], usual: float) -> Iterator[Block]:
    """Paragraphs under their headings; nothing after the references, nor of the abstract."""
    width = median(len(line.words) for line in lines) if lines else 0
    vocabulary = Counter(word for line in lines for word in re.findall(r"\w[\w-]*\w", line.words))
    headings: tuple[str, ...] = ()
    skipping = in_caption = False
    gathered: list[str] = []

    def close() -> Iterator[Block]:
        if gathered and not skipping and not in_caption:
            yield Block(words=_join(gathered, vocabulary), headings=headings)
        gathered.clear()

    for number, line in enumerate(lines):
        before = gathered[-1] if gathered else ""
        ended = not before or (_STOP.search(before) is not None and len(before) < 0.9 * width)
        ended = ended or (in_caption and len(before) < 0.75 * width)
        if _CAPTION.match(line.words) and (ended or _STOP.search(before)):
            yield from close()
            in_caption = True
        elif _is_heading(line, usual, width, ended, lines[number + 1 : number + 2]):
            yield from close()
            headings = _place(headings, line.words)
            skipping = is_aside(line.words) or _is_abstract(line.words)
            in_caption = False
            continue
        elif ended or _BULLET.match(line.words):
            yield from close()
            in_caption = False
        gathered.append(line.words)
    yield from close()


def _is_heading(
    line: _Line, usual: float, width: float, ended: bool, following: Sequence[_Line]
) -> bool:
    """A line that names a known part of a report, or stands alone, short, large, without a stop."""
    if len(line.words) > 100 or not any(c.isalpha() for c in line.words):
        return False
    if _is_known(line.words) and len(line.words) < 0.8 * width + 20:
        return line.words[0].isupper() or line.words[0].isdigit() or not line.words[0].isascii()
    if line.size >= _LARGE * usual:
        return True
    if number := _NUMBERED.match(line.words):
        return line.words[number.end()].isupper() and not _STOP.search(line.words)
    alone = ended and len(line.words) < 0.75 * width and not _STOP.search(line.words)
    opens = bool(following) and following[0].words[:1].isupper()
    return alone and opens and line.words[:1].isupper() and len(line.words.split()) <= 10


def _place(headings: tuple[str, ...], heading: str) -> tuple[str, ...]:
    """The headings that now stand above: a part of the report opens anew, others lie in it."""
    kind = kind_of_section(heading)
    outer = kind_of_section(headings[0]) if headings else SectionKind.OTHER
    lies_in_it = outer is not SectionKind.OTHER and kind in (SectionKind.OTHER, outer)
    return (headings[0], heading) if lies_in_it and not is_aside(heading) else (heading,)


def _join(lines: Sequence[str], vocabulary: Counter[str]) -> str:
    """Lines as running text; a word parted at the end of a line is put together again."""
    text = lines[0]
    for line in lines[1:]:
        parted = text[-1] in _HYPHENS and text[-2:-1].isalpha() and line[:1].islower()
        text = f"{text[:-1]}{_PARTED}{line}" if parted else f"{text} {line}"
    return _PARTED_WORD.sub(lambda parted: _mend(parted[1], parted[2], vocabulary), text)


def _mend(first: str, second: str, vocabulary: Counter[str]) -> str:
    """One word, or with the hyphen where the document has it so elsewhere, or the word always."""
    hyphenated = vocabulary[f"{first}-{second}"] > vocabulary[first + second]
    hyphenated = hyphenated or _KEEPS_HYPHEN.fullmatch(first) is not None
    return f"{first}-{second}" if hyphenated else first + second
