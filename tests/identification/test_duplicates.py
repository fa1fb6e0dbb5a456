"""Which records are one report, which are not, and which a person should look at."""

import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from identification.duplicates import PairVote, cluster_records, find_duplicates
from identification.files import read_file
from identification.join import group_duplicates
from identification.votes import open_questions
from review.decisions import Sameness
from review.records import Record

SAME, DIFFERENT, ASK = Sameness.SAME, Sameness.DIFFERENT, Sameness.ASK
LINKED = Sameness.LINKED

ARTICLE = Record(
    source="a",
    source_id="sha256:1",
    title="Implementing peer support work in community mental health services",
    authors=("Doe, Jane", "Roe, Richard"),
    year=2018,
    journal="Journal of Mental Health",
    volume="27",
    issue="3",
    pages="365-371",
    doi="10.1000/jmh.1",
)


def changed(**fields) -> Record:
    return replace(ARTICLE, source="b", source_id="sha256:2", **fields)


def verdict(other: Record, first: Record = ARTICLE) -> Sameness | None:
    votes = find_duplicates([first, other]).votes
    turned = find_duplicates([other, first]).votes
    assert [(v.verdict, v.reason) for v in votes] == [(v.verdict, v.reason) for v in turned]
    return votes[0].verdict if votes else None


# The same document in the spelling of another database.
@pytest.mark.parametrize(
    "other",
    [
        changed(),
        changed(doi=""),
        changed(doi="", pages="365-71", journal="J Ment Health", authors=("Doe, J.", "Roe, R.")),
        changed(doi="", pages="365", year=2017),
        changed(doi="", year=None),
        changed(doi="", pages="", volume="27 (Supplement 2)"),
        changed(
            doi="", title="IMPLEMENTING PEER SUPPORT WORK IN COMMUNITY MENTAL-HEALTH SERVICES."
        ),
        changed(doi="", title=f"{ARTICLE.title}: a qualitative study"),
        changed(doi="", title=f"{ARTICLE.title}.[Erratum appears in J Ment Health 2019;28(1):3]"),
        changed(doi="", title="[Einführung der Peer-Arbeit in der Gemeindepsychiatrie]"),
        changed(title="[Einführung der Peer-Arbeit in der Gemeindepsychiatrie]", pages="365-371"),
        changed(doi="", authors=("Jane, Doe",)),
        changed(doi="", pages="356-371"),
        # Short family names, and authors in another order.
        changed(doi="", authors=("Roe, R.", "Doe, J."), pages="", volume=""),
        # Libraries mistype pages and give provisional ones.
        changed(doi="", pages="12-19"),
        changed(doi="", title=f"Abstract P12: {ARTICLE.title}", pages="", volume=""),
        changed(doi="", title=f"{ARTICLE.title} (Journal of Mental Health (2018) 27 (365-371))"),
        changed(title=f"RETRACTED: {ARTICLE.title}"),
        # The year of publication written where the volume belongs.
        changed(doi="", pages="", volume="2018"),
        changed(doi="", authors=(), title=f"{ARTICLE.title}: a study", journal="J Ment Hlth"),
    ],
)
def test_one_document_in_two_spellings_is_the_same(other):
    assert verdict(other) is SAME


# Another document that looks like it is never joined by the machine.
@pytest.mark.parametrize(
    "other",
    [
        changed(doi="", journal="Psychiatry. Conference: 26th Congress", volume="41", pages="S571"),
        changed(doi="10.1000/jmh.2", title=f"Erratum: {ARTICLE.title}", pages="401"),
        changed(doi="10.1000/jmh.2", title=f"Reply to: {ARTICLE.title}", pages="401"),
        changed(doi="10.1000/jmh.2", title=f"Retraction: {ARTICLE.title}", pages="401"),
        changed(doi="10.1000/jmh.2", pages="372-380", title=f"{ARTICLE.title}. Part 2"),
        changed(doi="", volume="28", year=2019, pages="12-20"),
        changed(doi="", year=2021, pages="5-9"),
        changed(doi="10.1000/jmh.7", pages="", volume=""),
        # The reply to a letter, on the page it ends on.
        changed(doi="", title=f"{ARTICLE.title} - Reply", authors=("Poe, E",), pages="365"),
        # A page of the same volume: the abstract in its supplement, or the erratum.
        changed(doi="", pages="S12", volume="27 Suppl 1"),
        changed(doi="", pages="401", title=f"{ARTICLE.title} (vol 27, pg 365, 2018)"),
        # Without volume and pages a year apart may be an abstract and its article.
        changed(doi="", pages="", volume="", year=2017),
        # "Diabetes" is not "Diabetes Care", and without a volume nothing else tells them apart.
        changed(doi="", journal="Journal of Mental Health Care", volume="", pages="12-19"),
        # A preprint bears another DOI, or none.
        changed(doi="10.1101/2017.01.02.12345", journal="medRxiv", volume="", pages=""),
        changed(doi="", journal="medRxiv", volume="", pages="", issue=""),
        changed(doi="", title=f"{ARTICLE.title}: study protocol", pages="", volume="25", year=2016),
    ],
)  # fmt: skip
def test_a_look_alike_is_never_the_same(other):
    assert verdict(other) is not SAME


# Parts of a series and numbered trials are different however alike they sound.
def test_parts_of_a_series_are_different():
    first = changed(doi="", title="Peer workers in acute wards. Part I", pages="1-9")
    second = changed(doi="", title="Peer workers in acute wards. Part II", pages="10-19")
    assert verdict(second, first) is DIFFERENT


# Abstracts of a supplement share one DOI and are not one document.
def test_a_shared_doi_with_another_title_is_not_the_same():
    first = changed(title="Peer support and recovery in Uganda", pages="S321")
    second = changed(title="Costs of crisis houses in Leeds", pages="S334", authors=("Poe, E",))
    assert verdict(second, first) is not SAME


# Titles that many documents bear are joined only at the same place.
def test_editorials_are_told_apart_by_their_place():
    first = changed(title="Editorial", doi="", pages="1-2", issue="1")
    assert verdict(replace(first, pages="95", issue="2"), first) is not SAME
    assert verdict(replace(first, source_id="sha256:3"), first) is SAME


# Strong likeness with one contradiction goes to a person, with the reason in words.
@pytest.mark.parametrize(
    ("other", "reason"),
    [
        (changed(doi="", title=f"Erratum: {ARTICLE.title}", pages="401"), "an erratum"),
        (changed(doi="", authors=("Poe, E",)), "other authors"),
        (changed(doi="", journal="Health Bulletin", volume="9", pages=""), "different journal"),
        (changed(doi="", journal="Health Bulletin", volume="", pages=""), "little else"),
        (changed(doi="10.1000/jmh.1", title="Implementing peer work", pages=""), "same DOI"),
        (changed(doi="", title="", pages="365-371"), "no title"),
    ],
)
def test_doubt_is_left_to_a_person(other, reason):
    findings = find_duplicates([ARTICLE, other])
    assert [vote.verdict for vote in findings.asked] == [ASK]
    assert reason in findings.asked[0].reason
    assert 0 < findings.asked[0].confidence < 1
    assert cluster_records(2, findings.votes) == [0, 1]


# A page that the title of the other names as its erratum's place is that erratum, not a copy.
def test_the_place_of_an_erratum_is_not_that_of_the_article():
    named = f"{ARTICLE.title}.[Erratum appears in J Ment Health. 2018 Sep;27(5):401]"
    cut = f"{ARTICLE.title}.[Erratum appears in J Men"
    for title in (named, cut):
        assert verdict(changed(doi="", title=title), changed(doi="", pages="401")) is not SAME


# What stands where pages should, and is none, is no common page.
@pytest.mark.parametrize("pages", ["(no pagination)", "in press", "n/a"])
def test_missing_pages_are_not_one_page(pages):
    first = changed(doi="", volume="", pages=pages)
    other = replace(first, source_id="sha256:3", title=f"{ARTICLE.title}: views of nurses")
    assert verdict(other, first) is not SAME


# "Anonymous" is nobody, and "[Not Available]" nothing's title: neither is held in common.
def test_nobody_is_no_common_author():
    news = changed(doi="", title="Health news in brief", authors=("Anonymous",), pages="")
    other = replace(news, source_id="sha256:3", volume="")
    assert verdict(other, news) is not SAME
    nameless = changed(doi="", title="[Not Available].", authors=(), pages="5", volume="")
    assert (
        verdict(replace(nameless, source_id="sha256:3", journal="Encephale"), nameless) is not SAME
    )


# A family name of two letters is one in every spelling.
def test_short_family_names_are_compared():
    first = changed(doi="", pages="", volume="", authors=("Wu, Zhenhua", "Liang, Chen"))
    other = replace(first, source_id="sha256:3", authors=("Wu, Z.", "Liang, C.", "Li, X."))
    assert verdict(other, first) is SAME
    assert verdict(replace(other, authors=("Xu, Z.", "Ma, C.")), first) is not SAME


# Two registered trials are two, however alike their sponsor named them.
def test_registered_trials_are_told_apart_by_their_numbers():
    trial = changed(
        doi="", volume="", issue="", pages="", journal="http://clinicaltrials.gov/show/NCT01234567"
    )
    other = replace(trial, journal="http://clinicaltrials.gov/show/NCT07654321")
    assert verdict(other, trial) is DIFFERENT
    assert verdict(replace(trial, source_id="sha256:3", authors=("Doe, J.",)), trial) is SAME


# A recurring column by one author bears one short title all through the volume.
def test_a_column_is_not_one_document():
    parts = [
        changed(doi="", title="Gateways to clinical trials", pages=pages, issue=issue)
        for pages, issue in (("211-244", "3"), ("379-412", "6"))
    ]
    assert verdict(*parts) is not SAME


# The same PubMed id is one record, different ones are two, whatever else they say.
def test_pubmed_ids_decide():
    assert verdict(changed(doi="", pages="", pmid="1"), replace(ARTICLE, pmid="1")) is SAME
    assert verdict(changed(pmid="2"), replace(ARTICLE, pmid="1")) is DIFFERENT


# Two versions of one record of a source are one, though every word was changed.
def test_the_same_source_id_is_a_new_version():
    first = replace(ARTICLE, source="pubmed", source_id="77")
    second = Record(source="pubmed", source_id="77", title="Something else altogether here")
    assert verdict(second, first) is SAME


# Tables with titles and abstracts alone: equal texts are one, equal long titles too.
def test_titles_and_abstracts_alone_are_enough():
    text = "We interviewed forty peer workers about their first year in acute wards. " * 4
    first = Record(source="a", source_id="sha256:1", title="Peer workers in wards", abstract=text)
    second = replace(first, source_id="sha256:2", title="Peer workers in wards.")
    assert verdict(second, first) is SAME


# A title alone is not much: a short one is asked about, "Editorial" says nothing.
def test_a_title_alone_is_weighed_by_its_length():
    def titled(title: str) -> list[Record]:
        return [Record(source="a", source_id=f"sha256:{n}", title=title) for n in range(2)]

    assert find_duplicates(titled("Editorial")).votes[0].verdict is DIFFERENT
    assert find_duplicates(titled("Peer workers in wards")).votes[0].verdict is ASK
    assert find_duplicates(titled(ARTICLE.title)).votes[0].verdict is SAME


# Right-to-left and ideographic titles are compared like any other.
@pytest.mark.parametrize(
    "title",
    ["دعم الأقران في خدمات الصحة النفسية المجتمعية", "社区精神卫生服务中的同伴支持工作者实施研究"],
)
def test_other_scripts_are_compared(title):
    first = changed(title=title, doi="")
    assert verdict(replace(first, source_id="sha256:9", journal=""), first) is SAME
    assert verdict(replace(first, volume="99", pages="1-2", year=2001), first) is not SAME


# A record without a title is joined by a person alone.
def test_a_missing_title_is_asked_about():
    assert verdict(changed(doi="", title="")) is ASK


# Only pairs with a new record in them are looked at.
def test_old_records_are_not_compared_with_each_other():
    old = [ARTICLE, changed(doi="")]
    assert find_duplicates([], old).votes == ()
    votes = find_duplicates([changed(pages="365")], old).votes
    assert votes
    assert all(vote.second == 2 for vote in votes)


# Ten thousand editorials are compared in seconds, and none is lost.
@pytest.mark.parametrize("issues", [1, 20])
def test_ten_thousand_editorials_do_not_explode(issues):
    records = [
        Record(
            source="a", source_id=f"sha256:{n}", title="Editorial", year=2000 + n % 20,
            journal=f"Journal {n % 50}", volume=str(n % 70), issue=str(n % issues),
            authors=(f"Smith{n % 300}, A",), pages=str(n),
        )
        for n in range(10_000)
    ]  # fmt: skip
    findings = find_duplicates(records)
    assert findings.compared < 300_000
    assert len(set(cluster_records(len(records), findings.votes))) == 10_000


# The same file twice: every record finds its double, and no other.
def test_the_same_records_twice_pair_up():
    towns = {"Leeds": "1-9", "Jinja": "10-19", "Be'er Sheva": "20-29"}
    records = [
        replace(ARTICLE, title=f"{ARTICLE.title} in {town}", doi=f"10.1000/{town}", pages=pages)
        for town, pages in towns.items()
    ]
    votes = find_duplicates([*records, *records]).votes
    assert cluster_records(6, votes) == [0, 1, 2, 0, 1, 2]


# A record of three hundred authors is compared like any other.
def test_three_hundred_authors_are_no_trouble():
    many = tuple(f"Family{n}, A" for n in range(300))
    assert verdict(changed(doi="", authors=many[:3]), replace(ARTICLE, authors=many)) is SAME


# A column of ids that repeat, and fields with what other systems leave in them, cost no record.
def test_a_file_with_odd_fields_loses_no_record(tmp_path):
    rows = [
        f"7,{ARTICLE.title},2018",
        '7,"Implementing peer support work in community\rmental health services",2018',
        "7,دعم الأقران في خدمات الصحة النفسية المجتمعية,2019",
        "7,社区精神卫生服务中的同伴支持工作者实施研究,2020",
        "7,Costs of crisis houses in Leeds and their residents,",
    ]
    file = tmp_path / "odd.csv"
    file.write_bytes("\n".join(["record_id,title,year", *rows, ""]).encode())
    contents = read_file(file)
    assert len(contents.records) + len(contents.refused) == len(rows)
    grouped = group_duplicates([entry.record for entry in contents.records])
    assert [placed.cluster for placed in grouped.placed] == [0, 0, 2, 3, 4]


TITLES = [
    ARTICLE.title, f"{ARTICLE.title} II", "Editorial", "", "Peer support in wards: a study",
    f"Erratum: {ARTICLE.title} (vol 27, pg 365, 2018)", f"{ARTICLE.title}: study protocol",
    f"{ARTICLE.title}.[Erratum appears in J Ment Health. 2018 Sep;28(1):12]",
    ARTICLE.title.replace(" support ", "\rsupport "), f"Abstract P1: {ARTICLE.title}",
    "社区精神卫生服务中的同伴支持工作者实施研究", "دعم الأقران في خدمات الصحة النفسية المجتمعية",
]  # fmt: skip
RECORDS = st.builds(
    Record,
    source=st.sampled_from(["a", "b"]),
    source_id=st.sampled_from(["1", "2", "sha256:1"]),
    title=st.sampled_from(TITLES),
    abstract=st.sampled_from(["", "We interviewed peer workers in acute wards. " * 5]),
    authors=st.sampled_from([(), ("Doe, Jane",), ("Roe, R", "Doe, J")]),
    year=st.sampled_from([None, 2018, 2019]),
    journal=st.sampled_from(
        ["", "Journal of Mental Health", "J Ment Health.Conference: 3rd Congress", "medRxiv"]
    ),
    volume=st.sampled_from(["", "27", "28", "27 Suppl 1"]),
    pages=st.sampled_from(["", "365-371", "365", "12-19", "S12"]),
    doi=st.sampled_from(["", "10.1000/1", "10.1000/2"]),
    pmid=st.sampled_from(["", "1"]),
)


def partition(records: list[Record], order: list[int]) -> set[frozenset[int]]:
    clusters = cluster_records(len(order), find_duplicates([records[n] for n in order]).votes)
    return {
        frozenset(n for n, name in zip(order, clusters, strict=True) if name == one)
        for one in set(clusters)
    }


# The clusters are the same whatever the order of the records.
@settings(max_examples=150, deadline=None)
@given(st.lists(RECORDS, max_size=12), st.randoms(use_true_random=False))
def test_the_order_of_records_does_not_matter(records, chance: random.Random):
    order = list(range(len(records)))
    expected = partition(records, order)
    chance.shuffle(order)
    assert partition(records, order) == expected


def vote(first: int, second: int, said: Sameness, confidence: float = 0.9) -> PairVote:
    return PairVote(first=first, second=second, verdict=said, confidence=confidence, reason="")


# Clusters bear the smallest place of their records; a record alone bears its own.
def test_clusters_are_named_by_their_first_record():
    votes = [vote(1, 3, SAME), vote(3, 4, SAME)]
    assert cluster_records(5, votes) == [0, 1, 2, 1, 1]


# A question joins nothing, neither by itself nor as a link of a chain.
def test_a_question_joins_nothing():
    assert cluster_records(3, [vote(0, 1, SAME), vote(1, 2, ASK)]) == [0, 0, 2]


# A chain does not lead over a vote for different: the surer vote holds, the other is passed over.
def test_no_chain_leads_over_a_vote_for_different():
    votes = [vote(0, 1, SAME, 0.99), vote(1, 2, SAME, 0.9), vote(0, 2, DIFFERENT)]
    assert cluster_records(3, votes) == [0, 0, 2]
    equal = [vote(0, 1, SAME), vote(1, 2, SAME), vote(0, 2, DIFFERENT)]
    assert cluster_records(3, equal) == [0, 1, 2]


# Two groups that one doubtful link would join stay two whole groups.
def test_groups_apart_stay_whole():
    votes = [
        vote(0, 1, SAME), vote(1, 2, SAME), vote(3, 4, SAME), vote(4, 5, SAME), vote(2, 3, SAME),
        vote(2, 4, DIFFERENT),
    ]  # fmt: skip
    clusters = cluster_records(6, votes)
    assert clusters[:2] == [0, 0]
    assert clusters[2] != clusters[4]


VOTES = st.lists(
    st.builds(
        vote,
        st.integers(0, 7),
        st.integers(0, 7),
        st.sampled_from([SAME, SAME, DIFFERENT, ASK, LINKED]),
        st.sampled_from([0.9, 0.95, 1.0]),
    ).filter(lambda v: v.first < v.second),
    max_size=20,
)


# Whatever is said in whatever order, no two records said to be two reports end up together.
@given(VOTES, st.permutations(range(8)))
def test_votes_for_different_always_hold(votes, renamed):
    clusters = cluster_records(8, votes)
    apart = [vote for vote in votes if vote.verdict in (DIFFERENT, LINKED)]
    assert all(clusters[vote.first] != clusters[vote.second] for vote in apart)
    assert clusters == cluster_records(8, votes[::-1])
    moved = [replace(v, first=renamed[v.first], second=renamed[v.second]) for v in votes]
    others = cluster_records(8, moved)
    assert all(
        (clusters[a] == clusters[b]) == (others[renamed[a]] == others[renamed[b]])
        for a in range(8)
        for b in range(a)
    )


# A person is asked once of two reports, about the likeliest pair, the likeliest duplicates first.
def test_the_queue_is_short_and_in_order():
    votes = [
        vote(0, 1, SAME), vote(0, 2, ASK, 0.4), vote(1, 2, ASK, 0.6), vote(2, 3, ASK, 0.7),
        vote(0, 1, ASK, 0.9),
    ]  # fmt: skip
    asked = open_questions(votes, cluster_records(4, votes))
    assert [(v.first, v.second) for v in asked] == [(2, 3), (1, 2)]


# A vote on a record that is not there is a mistake of the caller.
def test_votes_must_name_records():
    with pytest.raises(ValueError, match=r"outside 0\.\.1"):
        cluster_records(2, [vote(0, 2, SAME)])
