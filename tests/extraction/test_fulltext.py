"""Full texts in JATS and PDF give their paragraphs under their headings, and nothing beside."""

from __future__ import annotations

import contextlib
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from extraction.fulltext import Block, FullText, join_blocks, read_full_text
from extraction.passages import split_full_text
from extraction.sections import SectionKind, kind_of_section
from review.errors import InputError
from tests.standins.pdf import HEADING, NOTE, TEXT, make_pdf, set_in_lines

_BODY = """
<sec sec-type="intro"><label>1</label><title>Introduction</title>
  <p>Peers are many <xref ref-type="bibr" rid="b1">[1]</xref>. They differ<sup><xref
  ref-type="bibr" rid="b2">2</xref>,<xref ref-type="bibr" rid="b3">3</xref></sup>, as
  <xref ref-type="bibr" rid="b4">Lee et al. (2020)</xref> say.</p></sec>
<sec><label>2</label><title>Methods</title>
  <sec><title>Data analysis</title><p>We read 10<sup>3</sup> lines.</p></sec></sec>
<sec sec-type="results"><title>What peers told us</title>
  <sec><title>Lack of training</title>
    <p>Training was short.<fn id="f1"><p>Two days at most.</p></fn> Peers said so:
      <disp-quote><p>I was alone. Nobody told me what to do.</p><attrib>Peer worker 3</attrib>
      </disp-quote>and others agreed.</p>
    <list list-type="bullet"><list-item><p>Pay was low.</p></list-item>
      <list-item><p>Time was short.</p></list-item></list>
    <table-wrap id="t1"><label>Table 1</label><caption><p>Sites.</p></caption><table><tr><td>A town
      had peers.</td></tr></table></table-wrap>
    <fig id="g1"><caption><p>A figure of peers.</p></caption></fig></sec></sec>
<sec sec-type="discussion|conclusions"><title>Discussion</title><p>Pay matters.</p></sec>
<sec><title>Acknowledgements</title><p>We thank all peers.</p></sec>
"""


def _jats(body: str = _BODY) -> bytes:
    return (
        "<?xml version='1.0'?><article><front><article-meta><abstract><p>Short.</p></abstract>"
        f"</article-meta></front><body>{body}</body><back><ack><p>Thanks.</p></ack><ref-list><ref>"
        "<mixed-citation>Lee. Peers.</mixed-citation></ref></ref-list></back></article>"
    ).encode()


def _passages(content: bytes) -> list[tuple[str, str]]:
    return [(p.section, p.quote.exact) for p in split_full_text(read_full_text(content))]


# Text stands under its headings; tables, captions, notes, references and thanks are no passages.
# A call of a reference by its number is left out, names and powers stay. What a document sets off
# as somebody's words is one passage, with whose they are.
def test_jats_gives_passages_under_their_headings() -> None:
    peers = "what peers told us › lack of training"
    assert _passages(_jats()) == [
        ("introduction", "Peers are many."),
        ("introduction", "They differ, as Lee et al. (2020) say."),
        ("methods › data analysis", "We read 103 lines."),
        (f"results › {peers}", "Training was short."),
        (f"results › {peers}", "Peers said so:"),
        (f"results › {peers}", "I was alone. Nobody told me what to do. Peer worker 3"),
        (f"results › {peers}", "and others agreed."),
        (f"results › {peers}", "Pay was low."),
        (f"results › {peers}", "Time was short."),
        ("discussion", "Pay matters."),
    ]


# The same bytes give the same text, and every passage is the text at its place.
@pytest.mark.parametrize("kind", ["jats", "pdf"])
def test_passages_are_anchored_in_the_text_that_is_kept(kind: str) -> None:
    content = _jats() if kind == "jats" else make_pdf(_PAGES)
    full_text = read_full_text(content)
    assert read_full_text(content) == full_text
    passages = split_full_text(full_text)
    assert passages
    for number, passage in enumerate(passages):
        quote = passage.quote
        assert full_text.text[quote.start : quote.end] == quote.exact
        assert passage.position == number


@given(st.lists(st.tuples(st.text(max_size=40), st.lists(st.text(max_size=10), max_size=3))))
def test_paragraphs_stand_where_they_say(blocks: list[tuple[str, list[str]]]) -> None:
    full_text = join_blocks(Block(words=w, headings=tuple(h)) for w, h in blocks)
    kept = [" ".join(words.split()) for words, _ in blocks]
    assert [full_text.text[p.start : p.end] for p in full_text.paragraphs] == list(
        filter(None, kept)
    )


# What the abstract has word for word is a passage of it already, and not put before people twice.
def test_what_the_abstract_says_is_left_to_it() -> None:
    full_text = read_full_text(_jats("<p>Pay was low. Time was short.</p>"))
    passages = split_full_text(full_text, abstract="RESULTS: Pay was low! We asked.")
    assert [p.quote.exact for p in passages] == ["Time was short."]


_SAID = (
    "Peer support workers told us that the managers of their teams had rarely worked with anybody "
    "who had lived through an illness, and that this made the first months of their work hard. "
)
_PAGES = [
    [
        ("What helps peer workers", 18.0),
        ("Abstract", HEADING),
        *set_in_lines("This abstract stands in the record already. Pay was low. " * 2),
        ("1. Introduction", HEADING),
        *set_in_lines(_SAID + "Nobody knows why.¹² It is new."),
        *set_in_lines("The word imple-"),
        *set_in_lines("mentation is parted here, and so is peer-"),
        *set_in_lines("led, which is written peer-led where it is not parted. " + _SAID),
        ("* Corresponding author: anna@example.org, who answers each letter.", NOTE),
    ],
    [
        ("2. Methods", HEADING),
        *set_in_lines(_SAID),
        ("Table 2. Sites and the peers who work in them, by the year", NOTE),
        *[(f"Site {n}   {n * 3}   12.{n}%", TEXT) for n in range(8)],
        ("3. Results", HEADING),
        ("Lack of training", HEADING),
        *set_in_lines(_SAID + "“I was alone. I cried.” (Peer worker 3) " + _SAID),
        ("Figure 1. Peers and their teams, as the authors drew them for the report.", TEXT),
        *set_in_lines(_SAID),
    ],
    [
        ("4. Discussion", HEADING),
        *set_in_lines("Pay matters. " + _SAID),
        ("References", HEADING),
        *set_in_lines("Lee A. Peers in teams. Journal of Peers. 2020;3:1-9. " * 3),
    ],
]


# Of a PDF only the running text is left, in its sections: no running head, page number, note,
# table, caption, reference, abstract or raised number; words parted at a line's end are whole.
def test_a_pdf_gives_its_running_text_under_its_headings() -> None:
    content = make_pdf(_PAGES, head="Journal of Peers 2024;3:#", foot="#")
    passages = _passages(content)
    said = {section: {text for own, text in passages if own == section} for section, _ in passages}
    lead = _SAID.strip()
    assert said == {
        "introduction": {
            lead,
            "Nobody knows why.¹²",
            "It is new.",
            "The word implementation is parted here, and so is peer-led, which is written "
            "peer-led where it is not parted.",
        },
        "methods": {lead},
        "results › lack of training": {lead, "“I was alone. I cried.” (Peer worker 3)"},
        "discussion": {"Pay matters.", lead},
    }


# A line of the text may begin like what journals print about a report, or be one word that ends
# paragraphs on many pages: it stays. What they print goes, and so do heads of left and right pages.
def test_a_line_that_looks_like_what_surrounds_the_text_stays() -> None:
    middle = [
        *set_in_lines("What they had been promised long before they began, and what none of them"),
        *set_in_lines("received was training. Nobody had accepted that, although each of them had"),
        *set_in_lines("accepted the rest and the pay, which was as low as it could ever be in the"),
        ("services.", TEXT),
        *set_in_lines("Table 2 shows how they were paid in every one of the years. " + _SAID),
    ]
    printed = [("Received: 12 March 2020; accepted 3 May", TEXT), ("Correspondence: a@b.org", TEXT)]
    pages = []
    for head, town in (("A. Smith et al.", "Leeds"), ("Journal 3:#", "Graz")) * 2:
        own = set_in_lines(
            f"In {town} the peers and all the others said so {len(pages)} times. " * 3
        )
        pages.append([(head, TEXT), *own, *middle, *own, *printed])
    said = read_full_text(make_pdf([[("Results", HEADING)], *pages])).text
    assert said.count("and what none of them received was training.") == 4
    assert said.count("could ever be in the services.\nTable 2 shows how they were paid in") == 4
    for left_out in ("March", "a@b.org", "et al.", "Journal"):
        assert left_out not in said


# A scanned PDF, a damaged one, a web page and nothing at all are each named, with what to do.
@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (make_pdf([[("Cover sheet", TEXT)], []]), r"no text but pictures.*10 letters.*ocrmypdf"),
        (b"%PDF-1.7\nnothing", "PDF is damaged .*save it again"),
        (_jats()[:-30], "damaged in line .*fetch or save it again"),
        (b"<html><body><p>Please log in.</p></body></html>", "neither a PDF nor JATS"),
        (b"<article><front/></article>", "neither a PDF nor JATS with a body"),
        (b"", "damaged in line 1"),
        (b"PK\x03\x04 a word processor's file", "damaged in line 1"),
        (b'<!DOCTYPE a [<!ENTITY b "c">]><article><body>&b;</body></article>', "cannot be read"),
    ],
)
def test_what_holds_no_text_is_refused_with_the_remedy(content: bytes, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        read_full_text(content)


# Three megabytes are a thesis, not an attack: read and split within seconds.
def test_three_megabytes_are_read_quickly() -> None:
    body = "".join(f"<sec><title>Part {n}</title><p>{_SAID * 8}</p></sec>" for n in range(2000))
    content = _jats(body)
    assert len(content) > 3_000_000
    began = time.monotonic()
    assert len(split_full_text(read_full_text(content))) == 16_000
    assert time.monotonic() - began < 30


# The part of a report is told by the outermost heading that tells it, in the review's languages.
@pytest.mark.parametrize(
    ("section", "kind"),
    [
        ("introduction", SectionKind.BACKGROUND),
        ("2.1 Data Analysis:", SectionKind.METHODS),
        ("aims and hypotheses", SectionKind.AIMS),
        ("results and discussion", SectionKind.RESULTS),
        ("results › methods of payment", SectionKind.RESULTS),
        ("what peers told us › lack of training", SectionKind.OTHER),
        ("discussion › limitations", SectionKind.DISCUSSION),
        ("clinical implications", SectionKind.CONCLUSION),
        ("context matters", SectionKind.OTHER),
        ("", SectionKind.OTHER),
        ("Ergebnisse", SectionKind.RESULTS),
        ("Méthodes", SectionKind.METHODS),
        ("Objetivos", SectionKind.AIMS),
        ("ממצאים", SectionKind.RESULTS),
        ("Matokeo", SectionKind.RESULTS),
    ],
)
def test_headings_tell_the_part_of_the_report(section: str, kind: SectionKind) -> None:
    assert kind_of_section(section) is kind


# Whatever bytes come, the answer is a text or a sentence, never another error.
@settings(max_examples=60)
@given(st.binary(max_size=200), st.sampled_from([b"", b"%PDF-1.4\n", b"<article><body>"]))
def test_any_bytes_are_read_or_refused(content: bytes, before: bytes) -> None:
    with contextlib.suppress(InputError):
        assert isinstance(read_full_text(before + content), FullText)
