"""What a title says of its document, whatever a database has written into it."""

import pytest

from identification.titles import read_title, words_of

TITLE = "Peer support work in acute psychiatric wards"
WORDS = words_of(TITLE)


# Notices, notes and marks of databases are not part of what the document is called.
@pytest.mark.parametrize(
    "title",
    [
        f"{TITLE}.",
        f"[{TITLE}]",
        f"{TITLE} [German]",
        f"{TITLE}.[Erratum appears in Lancet. 2009 Sep;9(9):2205 Note: Doe, J [added]].[Erratum",
        f"Erratum: {TITLE} (The Lancet (2009) 360 (542-544))",
        f"{TITLE} (vol 360, pg 542, 2009)",
        f"Corrigendum to {TITLE}",
        f"Correction: {TITLE} (Lancet (Jan",
        f"RETRACTED ARTICLE: {TITLE}",
        f"Retraction of: {TITLE}",
    ],
)
def test_a_title_is_what_the_document_is_called(title):
    assert read_title(title).words == WORDS


# What a notice is, its title says; a study of corrections is none.
@pytest.mark.parametrize(
    ("title", "notice"),
    [
        (f"Erratum: {TITLE}", "erratum"),
        (f"{TITLE} (vol 360, pg 542, 2009)", "erratum"),
        (f"Retraction: {TITLE}", "retraction"),
        (f"Reply to: {TITLE}", "reply"),
        (f"Comment on {TITLE}", "comment"),
        ("Correction of post-stroke impairments using computers", ""),
        (TITLE, ""),
    ],
)
def test_a_notice_is_known_by_its_title(title, notice):
    assert read_title(title).notice == notice


# A note about an erratum names volume and first page of the place it appeared at.
def test_the_place_of_an_erratum_is_read():
    title = read_title(f"{TITLE}.[Erratum appears in Lancet. 2009 Sep;9(9):S0205]")
    assert (title.is_corrected, title.corrected_at) == (True, {("9", "205")})
    assert read_title(f"{TITLE}.[Erratum appears in Lan").is_corrected
    assert not read_title(TITLE).is_corrected


# A protocol is known without the word, so that it can be compared with the results.
@pytest.mark.parametrize(
    "title",
    [f"{TITLE}: study protocol", f"Protocol: {TITLE}", f"{TITLE}: rationale and design"],
)
def test_a_protocol_is_called_like_its_results(title):
    assert read_title(title).protocol_of == WORDS
    assert read_title(TITLE).protocol_of == ""


# A notice that says of nothing in particular keeps its name.
def test_a_bare_notice_keeps_its_name():
    assert read_title("Erratum").words == "erratum"
    assert read_title("Erratum: p. 12").words == "erratum p 12"
