"""The names that programs give to the columns of an exported table."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from identification.foreign import (
    ASREVIEW,
    COVIDENCE,
    EPPI,
    FILE,
    ForeignVote,
    find_foreign_votes,
)
from review.decisions import Verdict

# Best first: where two columns of a table serve one field, the earlier name is asked first.
# Names of this project, ASReview, Rayyan, Covidence, Scopus, PubMed, OpenAlex, Publish or Perish,
# RefWorks, Springer, EPPI-Reviewer, Embase, Lens, Zotero, EndNote, Web of Science, Dimensions.
_NAMES: Mapping[str, tuple[str, ...]] = {
    "title": (
        "title", "primary_title", "title_primary", "item_title", "article_title",
        "document_title", "display_name", "titles", "ti", "t1",
        "original_title", "translated_title", "short_title", "shorttitle", "shortened_title",
        "titel", "titre", "titulo", "título",
    ),
    "abstract": (
        "abstract", "abstract_note", "abstracts", "notes_abstract", "abstract_text", "ab", "n2",
        "original_abstract", "item_abstract", "summary", "zusammenfassung", "résumé", "resumen",
    ),
    "authors": (
        "authors", "author", "author_s", "author_names", "authors_primary", "first_authors",
        "authorships_author_display_name", "authorships_raw_author_name", "author_full_names",
        "primary_authors", "creators", "creator", "au", "a1", "first_author", "auteurs", "autoren",
    ),
    "year": (
        "year", "publication_year", "pub_year", "published_year", "pubyear", "py", "y1",
        "date_published", "publication_date", "date_of_publication", "pub_date", "date",
        "original_paper_date", "originalpaperdate", "date_year", "jahr", "année", "año",
    ),
    "journal": (
        "journal", "source_title", "publication_title", "journal_book", "periodical_full",
        "primary_location_source_display_name", "journal_title", "journal_name", "publication",
        "secondary_title", "container_title", "alternate_title3", "periodical", "book_title",
        "booktitle", "alternate_title2", "title_secondary", "abbreviated_source_title",
        "periodical_abbrev", "host_venue_display_name", "venue", "jo", "t2", "jf",
        "zeitschrift", "revue", "revista",
    ),
    "volume": ("volume", "journal_volume", "biblio_volume", "vol", "vl"),
    "issue": ("issue", "number", "issue_number", "journal_issue", "biblio_issue", "no", "is"),
    "pages": ("pages", "page", "page_range", "art_no", "article_number", "other_pages"),
    "doi": (
        "doi", "item_doi", "dois", "digital_object_identifier", "do", "originalpaperdoi",
        "original_paper_doi", "ids_doi", "doi_link", "doi_url", "full_text_link", "external_url",
        "link", "url",
    ),
    "pmid": (
        "pmid", "pubmed_id", "pubmedid", "medline_pmid", "pubmed", "ids_pmid",
        "originalpaperpubmedid", "original_paper_pubmed_id", "accession_number_pubmed",
    ),
    "language": (
        "language", "languages", "article_language", "language_of_original_document", "la",
        "output_language", "sprache",
    ),
    "keywords": (
        "keywords", "keyword", "author_keywords", "index_keywords", "keywords_display_name",
        "manual_tags", "automatic_tags", "mesh_terms", "kw", "subjects",
        "emtree_medical_index_terms_major_focus", "emtree_medical_index_terms",
    ),
    "publication_types": (
        "publication_types", "publication_type", "document_type", "type_of_reference",
        "reference_type", "content_type", "item_type", "articletype", "type", "type_of_work",
        "entrytype", "ref_type",
    ),
    "url": ("url", "urls", "link", "links", "primary_location_landing_page_url", "article_url"),
}  # fmt: skip
_FIRST_PAGE = (
    "start_page", "page_start", "first_page", "biblio_first_page", "spage", "sp", "beginning_page",
)  # fmt: skip
_LAST_PAGE = (
    "end_page", "page_end", "last_page", "biblio_last_page", "epage", "ep", "ending_page",
)  # fmt: skip
_LABELS = (
    "label_included", "included", "included_label", "asreview_label", "label", "final_included",
    "include", "inclusion", "decision",
)  # fmt: skip
# Columns that tell which program wrote a table.
_PROGRAMS = ((COVIDENCE, {"covidence"}), (EPPI, {"included", "id", "shorttitle"}))
# Those of ASReview, unless the other columns tell of another program.
_LABELS_OF_ASREVIEW = {"label_included", "included", "included_label", "asreview_label"}
_NOTES = ("notes", "note")
# How the tables of an edition begin, and who decided what in its table of decisions.
_OWN = ("report", "authors", "year", "title", "journal", "doi", "pmid")
_DECIDED = ("stage", "verdict", "reviewer", "reason", "settled")
# An edition's cell that a spreadsheet would run as a formula is led by an apostrophe.
_LED = re.compile(r"\A'(?='*\s*[=+\-@＝＋－＠])")
_RECORD_ID = ("record_id",)

_FIELD_OF = {name: field for field, names in _NAMES.items() for name in reversed(names)}
_OTHER_NAMES = {*_FIRST_PAGE, *_LAST_PAGE, *_LABELS, *_RECORD_ID}
_LONGEST_NAME = 100
_YES = {"1", "1.0", "yes", "y", "true", "included", "include", "i", "relevant"}
_NO = {"0", "0.0", "no", "n", "false", "excluded", "exclude", "e", "irrelevant"}

TITLE_NAMES = "title, Article Title, Item Title, primary_title or TI"


def column_key(name: str) -> str:
    """A column's name as it is compared: lower case, words joined by ``_``."""
    # Where the header is sought, whole abstracts stand in the place of names.
    return re.sub(r"[\W_]+", "_", name.strip()[:_LONGEST_NAME].lower()).strip("_")


def count_known(names: Iterable[str]) -> int:
    """How many of these names of columns are known."""
    keys = {column_key(name) for name in names}
    return sum(1 for key in keys if key in _FIELD_OF or key in _OTHER_NAMES)


class Columns:
    """Where a table keeps what, told from the names of its columns."""

    def __init__(self, names: Sequence[str]) -> None:
        keys = [column_key(name) for name in names]
        self._is_own = tuple(keys[: len(_OWN)]) == _OWN
        self._program = next((name for name, has in _PROGRAMS if has <= set(keys)), "")
        self._places: dict[str, list[int]] = {}
        # Every row asks for the same names.
        self._sought: dict[tuple[str, ...], list[int]] = {}
        for place, key in enumerate(keys):
            self._places.setdefault(key, []).append(place)

    @property
    def has_title(self) -> bool:
        return self._find(_NAMES["title"]) is not None

    @property
    def needed(self) -> int:
        """How many cells a row must have to reach its title and its abstract."""
        places = [self._find(_NAMES[field]) for field in ("title", "abstract")]
        return max((place + 1 for place in places if place is not None), default=0)

    def fields(self, row: Sequence[str]) -> dict[str, list[str]]:
        """What a row says, under the names of ``Record``, best first."""
        fields = {field: self._values(names, row) for field, names in _NAMES.items()}
        # Scopus and OpenAlex write the same authors once more in another spelling.
        fields["authors"] = fields["authors"][:1]
        if self._is_own:
            fields["authors"] = [_mark_whole(names) for names in fields["authors"]]
        first, last = self._values(_FIRST_PAGE, row), self._values(_LAST_PAGE, row)
        if first:
            fields["pages"] = [f"{first[0]}-{last[0]}" if last else first[0], *fields["pages"]]
        return fields

    def record_id(self, row: Sequence[str]) -> str:
        """The row's own ``record_id``; empty where the table has none."""
        return next(iter(self._values(_RECORD_ID, row)), "")

    def included(self, row: Sequence[str]) -> bool | None:
        """What the row's label says; None where there is none, or it is -1 or unknown."""
        for value in self._values(_LABELS, row):
            if value.lower() in _YES:
                return True
            if value.lower() in _NO:
                return False
        return None

    def foreign(self, row: Sequence[str]) -> tuple[ForeignVote, ...]:
        """The votes of another program: what its labels say, then what stands in its notes.

        Of an edition's table of decisions, what a person decided in that review.
        """
        labels = [vote for name in _LABELS if (vote := self._labelled(name, row))]
        decided = self._decided(row) if self._is_own else ()
        return (*decided, *labels[:1], *find_foreign_votes(self._values(_NOTES, row)))

    def _labelled(self, name: str, row: Sequence[str]) -> ForeignVote | None:
        said = self._values((name,), row)[:1]
        by = self._program or (ASREVIEW if name in _LABELS_OF_ASREVIEW else FILE)
        if said and said[0].lower() in _YES:
            return ForeignVote(by=by, verdict=Verdict.INCLUDE)
        if said and said[0].lower() in _NO:
            return ForeignVote(by=by, verdict=Verdict.EXCLUDE)
        return None

    def _decided(self, row: Sequence[str]) -> tuple[ForeignVote, ...]:
        stage, verdict, reviewer, reason, settled = (
            next(iter(self._values((name,), row)), "") for name in _DECIDED
        )
        if not reviewer or verdict not in list(Verdict):
            return ()
        why = ": ".join(text for text in (stage, reason) if text)
        # Who settled it may have voted otherwise before.
        by = f"{reviewer} (consensus)" if settled == "yes" else reviewer
        return (ForeignVote(by=by, verdict=Verdict(verdict), reason=why),)

    def _find(self, names: Sequence[str]) -> int | None:
        return next((self._places[name][0] for name in names if name in self._places), None)

    def _values(self, names: tuple[str, ...], row: Sequence[str]) -> list[str]:
        """The non-empty cells under these names; of columns of one name, the first that speaks."""
        places = self._sought.get(names)
        if places is None:
            places = [place for name in names for place in self._places.get(name, ())]
            self._sought[names] = places
        cells = [cell for place in places if place < len(row) and (cell := row[place].strip())]
        return [_LED.sub("", cell) for cell in cells] if self._is_own else cells


def _mark_whole(names: str) -> str:
    """An edition's authors, those that are no "Family, Given" marked as names that are whole."""
    return "; ".join(name if "," in name else f"{name}," for name in names.split("; "))
