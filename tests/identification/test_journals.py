"""Whether two records name one journal or conference, however a library writes it."""

import pytest

from identification.fingerprints import fingerprint
from identification.journals import name_one_journal
from review.records import Record


def agree(one: str, other: str) -> bool | None:
    prints = [
        fingerprint(Record(source="a", source_id="1", title="Peers", journal=j))
        for j in (one, other)
    ]
    turned = name_one_journal(prints[1], prints[0])
    assert name_one_journal(prints[0], prints[1]) is turned
    return turned


# A journal is one whole, abbreviated, or with what a library adds to its name.
@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Nature Reviews Nephrology", "Nat Rev Nephrol"),
        ("Deutsche Medizinische Wochenschrift", "Dtsch-Med-Wochenschr"),
        ("PLoS ONE [Electronic Resource]", "PLoS ONE"),
        ("Lancet (London, England)", "The Lancet"),
        ("Americas Conference on Information Systems", "AMCIS 2017 Proceedings"),
        ("International Conference on Information Systems", "ICIS: Transforming Society"),
        ("Blood.Conference: 52nd Annual Meeting of Hematology", "52nd Annual Meeting, Hematology"),
    ],
)
def test_one_journal_has_many_names(one, other):
    assert agree(one, other) is True


# Journals that share words, letters or beginnings are still different.
@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Pediatric Nephrology", "Pediatric Transplantation"),
        ("Journal of Biological Chemistry", "Journal of Mental Health"),
        ("Pain", "Psychiatry International"),
        ("Americas Conference on Information Systems", "ICIS 2017 Proceedings"),
    ],
)
def test_journals_that_look_alike_are_different(one, other):
    assert agree(one, other) is False


# A record that names no journal says nothing about it.
def test_nothing_is_said_without_a_name():
    assert agree("", "Lancet") is None
