"""How fast answers and files become records, beside other libraries on the same bytes.

Run from the root of the checkout: ``python -m benchmarks.parsing``. The peers come with the extra
``bench`` (``pip install -c constraints.txt -e ".[bench]"``); two come only by hand: metapub, with a
file that Python runs at every start, and pubmed_parser, whose top-level ``tests`` hides ours. A
peer that is absent is passed over with a sentence.

Each row is the median of seven rounds in which all tools of a format take turns, in seconds of the
processor: nothing here waits, and other work on the machine does not count. A peer gives fields as
they stand, where ours are whole records with clean text, bare identifiers and one spelling of
names; of files ours are measured both ways. Each row also says how many records were found, and
how many of them with a title, an abstract and a DOI: a reader that loses some is faster for a
reason.
"""

from __future__ import annotations

import gc
import gzip
import importlib
import io
import json
import logging
import os
import statistics
import tempfile
import time
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from benchmarks.corpora.recorded import ABSENT, Corpus, make_corpora
from identification.files import read_file
from identification.identifiers import find_doi
from identification.normalise import Entry
from identification.reading import read_export
from identification.sources.base import Answer, Walk
from review.records import Record

ROUNDS = 7
_ENTREZ = {"validate": False, "escape": True}


@dataclass(frozen=True, kw_only=True)
class Tool:
    """A reader of one format: the bytes' file in, its own records out.

    ``tell`` gives the title, abstract and DOI of one of its records, whatever they are there.
    """

    name: str
    read: Callable[[Path], Sequence[Any]]
    tell: Callable[[Any], tuple[object, object, object]]


def main() -> None:
    corpora = make_corpora()
    if not corpora:
        print(ABSENT)
        return
    print(
        f"{'':44}{'found':>8}{'title':>8}{'abstract':>9}{'doi':>8}{'records/s':>11}{'ours is':>12}"
    )
    with tempfile.TemporaryDirectory() as folder:
        # metapub keeps what it asks for in a folder of its own.
        os.environ.setdefault("METAPUB_CACHE_DIR", folder)
        logging.disable(logging.WARNING)
        for corpus in corpora:
            path = Path(folder) / corpus.name
            path.write_bytes(corpus.data)
            print(f"\n{corpus.title}: {corpus.count} records, {len(corpus.data) / 1e6:.1f} MB")
            _measure(_tools(corpus), corpus, path)


def _measure(tools: Sequence[Tool], corpus: Corpus, path: Path) -> None:
    found = {}
    for tool in tools:
        try:
            found[tool.name] = tool.read(path)
        except Exception as failure:  # noqa: BLE001 - whatever a peer raises, it cannot read this
            print(f"  {tool.name:42} raises {type(failure).__name__}: {failure}"[:118])
    able = [tool for tool in tools if tool.name in found]
    taken: dict[str, list[float]] = {tool.name: [] for tool in able}
    for turn in range(ROUNDS):
        for tool in able[turn % len(able) :] + able[: turn % len(able)]:
            gc.collect()
            start = time.process_time()
            tool.read(path)
            taken[tool.name].append(time.process_time() - start)
    ours = statistics.median(taken[able[0].name])
    for tool in able:
        _print_row(tool, found[tool.name], corpus, statistics.median(taken[tool.name]), ours)


def _print_row(
    tool: Tool, records: Sequence[Any], corpus: Corpus, seconds: float, ours: float
) -> None:
    told = [tool.tell(record) for record in records]
    fields = [sum(bool(one[place]) for one in told) for place in range(3)]
    faster = seconds / ours
    ratio = f"{faster:.1f} x fast" if faster >= 1 else f"{1 / faster:.1f} x slow"
    print(
        f"  {tool.name:42}{len(records):8}{fields[0]:8}{fields[1]:9}{fields[2]:8}"
        f"{corpus.count / seconds:11.0f}{ratio:>12}"
    )


def _tools(corpus: Corpus) -> list[Tool]:
    if corpus.walk:
        ours = [_source(corpus.walk)]
    else:
        ours = [
            Tool(name="living-review", read=_read_our_file, tell=_tell_record),
            Tool(name="living-review, fields as they stand", read=_read_entries, tell=_tell_entry),
        ]
    return [*ours, *_PEERS[corpus.name]()]


def _read_our_file(path: Path) -> list[Record]:
    return [entry.record for entry in read_file(path).records]


def _read_entries(path: Path) -> list[Entry]:
    return read_export(path.read_bytes(), path.name).entries


def _source(begin: Callable[[], Walk]) -> Tool:
    """Our source, which reads an answer and its notices."""

    def read(path: Path) -> list[Record]:
        answer = Answer(status=200, headers={}, body=path.read_bytes())
        return [found.record for found in begin().take(answer).records]

    return Tool(name="living-review, with notices", read=read, tell=_tell_record)


def _tell_record(record: Record) -> tuple[object, object, object]:
    return record.title, record.abstract, record.doi


def _tell_entry(entry: Entry) -> tuple[object, object, object]:
    title, abstract, dois = (entry.fields.get(name, ()) for name in ("title", "abstract", "doi"))
    return any(title), any(abstract), find_doi(dois)


def _keys(title: str, abstract: str, doi: str) -> Callable[[Any], tuple[object, object, object]]:
    return lambda record: tuple(record.get(name) for name in (title, abstract, doi))


def _import(module: str) -> ModuleType | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return importlib.import_module(module)
    except ImportError:
        print(f"  {module} is not installed and passed over")
        return None


def _pubmed_peers() -> Iterable[Tool]:
    if parser := _import("pubmed_parser"):

        def parse(path: Path) -> list[Any]:
            packed = path.with_suffix(".gz")
            if not packed.exists():
                packed.write_bytes(gzip.compress(path.read_bytes(), 1))
            return list(parser.parse_medline_xml(str(packed)))

        yield Tool(name="pubmed_parser", read=parse, tell=_keys("title", "abstract", "doi"))
    entrez = _import("Bio.Entrez")

    def entrez_read(path: Path) -> list[Any]:
        with path.open("rb") as file:
            found = entrez.read(file, **_ENTREZ)
        return [*found["PubmedArticle"], *found["PubmedBookArticle"]]

    yield Tool(name="Bio.Entrez.read, escaped, unvalidated", read=entrez_read, tell=_tell_entrez)
    if metapub := _import("metapub"):
        cut = _import("lxml.etree")

        def articles(path: Path) -> list[Any]:
            tree = cut.fromstring(path.read_bytes())
            sets = (
                f"<PubmedArticleSet>{cut.tostring(e, encoding=str)}</PubmedArticleSet>"
                for e in tree
            )
            return [metapub.PubMedArticle(one) for one in sets]

        yield Tool(name="metapub", read=articles, tell=lambda a: (a.title, a.abstract, a.doi))


def _tell_entrez(entry: Mapping[str, Any]) -> tuple[object, object, object]:
    article = entry["MedlineCitation"]["Article"] if "MedlineCitation" in entry else {}
    ids = entry.get("PubmedData", {}).get("ArticleIdList", ())
    places = article.get("ELocationID", ())
    dois = [one for one in (*ids, *places) if str(one).startswith("10.")]
    return article.get("ArticleTitle"), article.get("Abstract"), dois


def _medline_peers() -> Iterable[Tool]:
    medline = _import("Bio.Medline")
    yield Tool(
        name="Bio.Medline",
        read=lambda path: list(medline.parse(io.StringIO(path.read_text("utf-8")))),
        tell=lambda one: (
            one.get("TI"),
            one.get("AB"),
            "[doi]" in f"{one.get('AID')}{one.get('LID')}",
        ),
    )
    if nbib := _import("nbib"):
        yield Tool(
            name="nbib",
            read=lambda path: nbib.read(path.read_text("utf-8")),
            tell=_keys("title", "abstract", "doi"),
        )


def _ris_peers() -> Iterable[Tool]:
    rispy = _import("rispy")
    yield Tool(
        name="rispy",
        read=lambda path: rispy.loads(path.read_text("utf-8")),
        tell=lambda one: (
            one.get("title") or one.get("primary_title"),
            one.get("abstract") or one.get("notes_abstract"),
            one.get("doi"),
        ),
    )


def _bibtex_peers() -> Iterable[Tool]:
    bibtexparser = _import("bibtexparser")
    yield Tool(
        name="bibtexparser",
        read=lambda path: bibtexparser.parse_string(path.read_text("utf-8")).entries,
        tell=_keys("title", "abstract", "doi"),
    )


def _csv_peers() -> Iterable[Tool]:
    pandas = _import("pandas")
    yield Tool(
        name="pandas.read_csv",
        read=lambda path: pandas.read_csv(path, keep_default_na=False).to_dict("records"),
        tell=_keys("Title", "Abstract", "DOI"),
    )


def _json_peer(*place: str, fields: tuple[str, str, str]) -> Tool:
    def read(path: Path) -> list[Any]:
        found = json.loads(path.read_bytes())
        for name in place:
            found = found[name]
        return found

    return Tool(name="json.loads alone", read=read, tell=_keys(*fields))


def _openalex_peers() -> Iterable[Tool]:
    if pyalex := _import("pyalex"):

        def read(path: Path) -> list[Any]:
            works = [pyalex.Work(work) for work in json.loads(path.read_bytes())["results"]]
            return [(work["title"], work["abstract"], work["doi"]) for work in works]

        yield Tool(name="pyalex.Work", read=read, tell=lambda told: told)
    yield _json_peer("results", fields=("title", "abstract_inverted_index", "doi"))


_PEERS: Mapping[str, Callable[[], Iterable[Tool]]] = {
    "articles.xml": _pubmed_peers,
    "efetch.xml": _pubmed_peers,
    "articles.nbib": _medline_peers,
    "articles.ris": _ris_peers,
    "articles.bib": _bibtex_peers,
    "articles.csv": _csv_peers,
    "openalex.json": _openalex_peers,
    # habanero gives Crossref's JSON as it is.
    "crossref.json": lambda: [_json_peer("message", "items", fields=("title", "abstract", "DOI"))],
    "europepmc.json": lambda: [
        _json_peer("resultList", "result", fields=("title", "abstractText", "doi"))
    ],
}  # fmt: skip


if __name__ == "__main__":
    main()
