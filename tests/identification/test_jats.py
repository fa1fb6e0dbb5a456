"""What a full text says of itself is read from its front, and half of one is no full text."""

from __future__ import annotations

import pytest

from identification.jats import JatsFacts, NotJatsError, read_jats
from tests.standins.jats import CC_BY, make_jats
from tests.standins.library import make_record

RECORD = {**make_record(3), "pmcid": "PMC70003"}


def _read(**options: str) -> JatsFacts:
    return read_jats(make_jats(RECORD, **options).encode())


# The ids are those of the document, not of what it cites.
def test_a_document_names_itself() -> None:
    assert _read() == JatsFacts(
        pmid="40000003",
        doi="10.5555/invented.3",
        pmcid="PMC70003",
        licence=CC_BY,
        has_body=True,
    )


# The licence is an address wherever one is given, else the first words of what is said.
@pytest.mark.parametrize(
    ("licence", "read"),
    [
        (f"<license><ali:license_ref>{CC_BY}</ali:license_ref></license>", CC_BY),
        (
            f'<license><license-p>See <ext-link xlink:href="{CC_BY}">here</ext-link>'
            "</license-p></license>",
            CC_BY,
        ),
        (
            "<license><license-p>Share it\n freely, naming <bold>us</bold>.</license-p></license>",
            "Share it freely, naming us.",
        ),
        (
            f"<license><license-p>{' word' * 50}</license-p></license>",
            " ".join(["word"] * 20),
        ),
        ("<copyright-statement>All ours.</copyright-statement>", ""),
        (f"<license/><license xlink:href='{CC_BY}'/>", CC_BY),
    ],
)
def test_the_licence_is_read(licence: str, read: str) -> None:
    assert _read(licence=licence).licence == read


# Newer documents name their PMCID otherwise.
def test_both_ways_to_write_a_pmcid_are_read() -> None:
    older = make_jats(RECORD)
    newer = older.replace('"pmc">70003', '"pmcid">PMC70003')
    assert newer != older
    assert read_jats(newer.encode()).pmcid == read_jats(older.encode()).pmcid == "PMC70003"


# A front alone, as scanned documents have it, is told from a full text.
@pytest.mark.parametrize("body", ["", "<body/>", "<body><p> </p></body>"])
def test_a_front_without_a_text_has_no_body(body: str) -> None:
    assert not _read(body=body).has_body


# Wherever a document is cut, it is refused and never read as a shorter one.
def test_a_document_cut_anywhere_is_refused() -> None:
    whole = make_jats(RECORD).encode().rstrip()
    for length in range(0, len(whole), 7):
        with pytest.raises(NotJatsError, match="cut off or damaged"):
            read_jats(whole[:length])


@pytest.mark.parametrize(
    "content",
    [
        b"<html><body><h1>Not now</h1></body></html>",
        b'{"errCode":500}',
        b"<article><body><p>no front</p></body></article>",
        b"<pmc-articleset><article/></pmc-articleset>",
        b'<!DOCTYPE article [<!ENTITY a "aaaa">]><article>&a;</article>',
        b'<?xml version="1.0" encoding="no-such"?><article/>',
    ],
)
def test_another_thing_than_a_document_is_refused(content: bytes) -> None:
    with pytest.raises(NotJatsError):
        read_jats(content)
