"""A verdict rests on quotes; what cannot be judged is unclear and excludes nobody."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from review.decisions import Answer, Assessment, Verdict
from review.errors import ModelError
from review.language import Encoder, Vectors
from review.protocol import Criterion, Protocol
from review.records import Report, join_text
from screening.assess import Text, assess_reports
from screening.classifier import ScreeningModel

GARDEN = ("A school garden in Bath", "The school garden was dug by pupils. They ate beans.", "en")
FARM = ("A farm in Bath", "Farms near Bath grow wheat. The farm was large.", "en")
PLASTIC = ("Plastic plants", "The plastic plants stood in a school garden.", "en")
INCLUDED = (
    "Peer support workers in community mental health teams: a qualitative study of barriers",
    "Mental health services employ peer support workers. Semi-structured interviews were held with "
    "twenty peer support workers and managers. Lack of role clarity and poor supervision were the "
    "main barriers to implementation, and leadership was a facilitator.",
    "en",
)
SUBSTANCE = (
    "Recovery coaches for people with opioid use disorder: a survey",
    "Peer recovery coaches met patients with opioid use disorder in emergency departments after "
    "an overdose. Substance use treatment was begun by half of the patients.",
    "en",
)


def answers(assessment: Assessment) -> dict[str, Answer]:
    return {a.criterion: a.answer for a in assessment.answers}


def one(text: Text, protocol: Protocol, *model: object) -> Assessment:
    return assess_reports([text], protocol, *model)[0]  # type: ignore[arg-type]


# A review without a model is judged by its cues alone, with a quote for what decides.
def test_cues_alone_judge_a_review_without_a_model(gardens: Protocol):
    garden, farm, plastic = assess_reports([GARDEN, FARM, PLASTIC], gardens)
    assert (garden.verdict, garden.exclusion_reason) == (Verdict.INCLUDE, None)
    assert (farm.verdict, farm.exclusion_reason) == (Verdict.EXCLUDE, "no_garden")
    assert (plastic.verdict, plastic.exclusion_reason) == (Verdict.EXCLUDE, "plastic")
    deciding = {a.criterion: a.quote for a in farm.answers}["garden"]
    assert deciding is not None
    assert "arm" in deciding.exact
    assert garden.model == "screening/gardens/cues"


# Neither one mention in passing nor a weak cue excludes; nor does silence.
@pytest.mark.parametrize(
    "abstract",
    [
        "Pupils dug a school garden. A plastic plant stood in a window.",
        "Pupils dug a school garden. The plastic was recycled. More plastic came.",
        "Pupils dug the beds behind the gym. A farm lent the tools.",
        "Nothing is said here of what the reviewers want to know.",
    ],
)
def test_one_mention_excludes_nobody(gardens: Protocol, abstract: str):
    assert one(("Beds", abstract, "en"), gardens).verdict is not Verdict.EXCLUDE


# Silence is no inclusion either: a criterion of which nothing is said leaves it to a person.
def test_cues_include_only_what_they_find(gardens: Protocol):
    silent = one(("Traffic in Bath", "Cars were counted. They were red.", "en"), gardens)
    assert silent.verdict is Verdict.UNSURE
    assert answers(silent)["garden"] is Answer.UNCLEAR


# A fitted model of another review judges that review, with no line of code changed.
def test_a_fitted_model_judges(gardens: Protocol, garden_model: ScreeningModel, encoder: Encoder):
    judged = assess_reports([GARDEN, FARM, PLASTIC], gardens, garden_model, encoder)
    assert [a.verdict for a in judged] == [Verdict.INCLUDE, Verdict.EXCLUDE, Verdict.EXCLUDE]
    assert [a.exclusion_reason for a in judged] == [None, "no_garden", "plastic"]
    assert {a.model for a in judged} == {"screening/gardens/1"}


# The shipped model tells a plain include from a plain exclude.
def test_the_shipped_model_judges(protocol: Protocol, shipped: ScreeningModel, encoder: Encoder):
    included, substance = assess_reports([INCLUDED, SUBSTANCE], protocol, shipped, encoder)
    assert included.verdict is Verdict.INCLUDE
    assert set(answers(included).values()) == {Answer.MET, Answer.NOT_MET}
    assert (substance.verdict, substance.exclusion_reason) == (Verdict.EXCLUDE, "substance_use")


# Quotes stand in the text exactly where they say they do; an exclusion always shows one.
def test_quotes_are_exact(protocol: Protocol, shipped: ScreeningModel, encoder: Encoder):
    texts = [INCLUDED, SUBSTANCE, GARDEN, FARM]
    reasons = {c.exclusion_reason: c.key for c in protocol.criteria}
    for text, judged in zip(texts, assess_reports(texts, protocol, shipped, encoder), strict=True):
        whole = join_text(text[0], text[1])
        for answer in judged.answers:
            if answer.quote is not None:
                assert whole[answer.quote.start : answer.quote.end] == answer.quote.exact
        if judged.verdict is Verdict.EXCLUDE:
            deciding = reasons[judged.exclusion_reason or ""]
            assert next(a for a in judged.answers if a.criterion == deciding).quote is not None


# A report of the store and a triple of the same text are judged alike.
def test_reports_and_triples_are_judged_alike(gardens: Protocol):
    report = Report(report_id=1, record_ids=(1,), title=FARM[0], abstract=FARM[1], language=FARM[2])
    assert assess_reports([report], gardens) == assess_reports([FARM], gardens)


# Without an abstract nobody is excluded, whatever the title says.
@pytest.mark.parametrize("abstract", ["", "   ", "\n\n", "12 345.", "***"])
def test_a_missing_abstract_excludes_nobody(
    abstract: str, protocol: Protocol, shipped: ScreeningModel, encoder: Encoder
):
    text = ("Alcohol and opioid addiction in adolescents: a systematic review", abstract, "en")
    for judged in (one(text, protocol), one(text, protocol, shipped, encoder)):
        assert judged.verdict is Verdict.UNSURE


# Of nothing, nothing can be said.
@pytest.mark.parametrize("text", [("", "", ""), (" ", "\n", ""), ("1.", "…!?", "en")])
def test_an_empty_report_is_unclear_everywhere(
    text: Text, protocol: Protocol, shipped: ScreeningModel, encoder: Encoder
):
    judged = one(text, protocol, shipped, encoder)
    assert judged.verdict is Verdict.UNSURE
    assert {a.answer for a in judged.answers if a.criterion != "eligible_language"} == {
        Answer.UNCLEAR
    }
    assert all(a.quote is None for a in judged.answers)


# An abstract of 200 KB is judged by its beginning; its quotes stay short enough to read.
def test_a_pasted_full_text_is_judged(
    protocol: Protocol, shipped: ScreeningModel, encoder: Encoder
):
    endless = "peer support workers in mental health services and " * 4000
    for abstract in (INCLUDED[1] * 600, endless):
        judged = one((INCLUDED[0], abstract, "en"), protocol, shipped, encoder)
        assert all(len(a.quote.exact) <= 500 for a in judged.answers if a.quote)


# In a language that the cues do not know, no criterion of text can exclude.
def test_another_language_of_the_review_excludes_nobody(
    protocol: Protocol, shipped: ScreeningModel, encoder: Encoder
):
    german = (
        "Drogen und Alkohol bei Jugendlichen: eine systematische Übersicht",
        "In dieser Arbeit wird untersucht, wie oft Jugendliche Alkohol und andere Drogen nehmen. "
        "Wir haben dazu alle Studien der letzten zehn Jahre zusammengetragen.",
        "de",
    )
    judged = one(german, protocol, shipped, encoder)
    assert judged.verdict is Verdict.UNSURE
    assert answers(judged)["eligible_language"] is Answer.MET
    assert answers(judged)["substance_use"] is Answer.UNCLEAR


OWN_LANGUAGES = {
    "de": "Alkohol und Drogen waren Thema der Studie. Sie untersucht, wie Genesungsbegleiter in "
    "psychiatrischen Kliniken arbeiten. Interviews mit Mitarbeitenden zeigten Schwierigkeiten.",
    "fr": "Cette étude examine comment les pairs-aidants travaillent dans les services de "
    "psychiatrie et d'addictologie, auprès de personnes dépendantes de l'alcool.",
    "es": "Este estudio examina cómo trabajan los agentes de apoyo entre iguales en los servicios "
    "de salud mental y de alcoholismo. Las entrevistas mostraron barreras en la red de salud.",
    "he": "המחקר בחן כיצד עובדים עמיתים משתלבים בשירותי בריאות הנפש בישראל. "
    "נערכו ראיונות עם עשרים עובדים ומנהלים על הקשיים והגורמים המסייעים.",
    "lg": "Okunoonyereza kuno kwakolebwa mu Uganda okuzuula engeri abantu abalina obulwadde "
    "bw'emitwe gye bayambamu bannaabwe mu malwaliro. Abakozi n'abalwadde baabuuzibwa ebibuuzo.",
    "sw": "Utafiti huu ulichunguza jinsi wafanyakazi wenye uzoefu wa ugonjwa wa akili "
    "wanavyowasaidia wagonjwa wengine hospitalini. Mahojiano yalifanyika na wahudumu kumi.",
}


# Each language of the review is known for one of it, stated or not, and excludes nobody: no
# exclusion criterion is met, and none of inclusion fails.
@pytest.mark.parametrize("stated", ["", "own"])
@pytest.mark.parametrize("language", OWN_LANGUAGES)
def test_every_language_of_the_review_is_left_to_people(
    language: str, stated: str, protocol: Protocol, shipped: ScreeningModel, encoder: Encoder
):
    text = (OWN_LANGUAGES[language], OWN_LANGUAGES[language], language if stated else "")
    judged = one(text, protocol, shipped, encoder)
    assert judged.verdict is Verdict.UNSURE
    kinds = {c.key: c.kind for c in protocol.criteria}
    said = answers(judged)
    assert said.pop("eligible_language") is Answer.MET
    for key, answer in said.items():
        assert answer is Answer.UNCLEAR or (kinds[key] == "inclusion" and answer is Answer.MET)


# Near languages are taken for one another: the source's word for one of the review's is enough.
def test_a_source_that_states_a_language_of_the_review_is_believed(
    protocol: Protocol, shipped: ScreeningModel, encoder: Encoder
):
    danish = "Formålet med undersøgelsen er at beskrive, hvordan medarbejdere bliver ansat. " * 3
    judged = one((danish, danish, "de"), protocol, shipped, encoder)
    assert answers(judged)["eligible_language"] is Answer.UNCLEAR
    assert judged.verdict is Verdict.UNSURE


FOREIGN_SCRIPTS = (
    "同伴支持工作者在精神卫生服务中的作用。",
    "السموم والكحول في المستشفى",
    "אלכוהול וסמים בבית החולים",
)


# Models know nothing of a text in another script, however short, and whatever its source says.
@pytest.mark.parametrize("stated", ["en", ""])
@pytest.mark.parametrize("text", FOREIGN_SCRIPTS)
def test_a_text_in_another_script_is_never_judged_as_english(
    text: str, stated: str, protocol: Protocol, shipped: ScreeningModel, encoder: Encoder
):
    judged = one((text, text, stated), protocol, shipped, encoder)
    assert judged.exclusion_reason in (None, "not_eligible_language")
    assert judged.verdict is not Verdict.INCLUDE
    said = answers(judged)
    said.pop("eligible_language")
    assert set(said.values()) == {Answer.UNCLEAR}


class BrokenVectors:
    """A cache whose vectors were harmed on disk."""

    def find(self, fingerprint: str, hashes: Sequence[str]) -> Mapping[str, Vectors]:
        return {h: np.full(384, np.nan, dtype=np.float32) for h in hashes}

    def keep(self, fingerprint: str, vectors: Mapping[str, Vectors]) -> None:
        raise AssertionError("nothing is missing")


# Vectors that are no numbers give a sentence, and never a verdict.
def test_broken_vectors_judge_nobody(protocol: Protocol, shipped: ScreeningModel, encoder: Encoder):
    with pytest.raises(ModelError, match="hold no numbers"):
        one(SUBSTANCE, protocol, shipped, encoder.using(BrokenVectors()))


# A language the review does not read is the one thing a foreign text can be excluded for.
def test_a_text_nobody_can_read_is_excluded_for_its_language(
    protocol: Protocol, shipped: ScreeningModel, encoder: Encoder
):
    danish = (
        "Peer-støtte i psykiatrien: en undersøgelse af medarbejdernes erfaringer",
        "Formålet med undersøgelsen er at beskrive, hvordan medarbejdere med egne erfaringer "
        "bliver ansat på psykiatriske afdelinger, og hvilke vanskeligheder de møder.",
        "da",
    )
    judged = one(danish, protocol, shipped, encoder)
    assert (judged.verdict, judged.exclusion_reason) == (
        Verdict.EXCLUDE,
        "not_eligible_language",
    )
    assert judged.answers[0].quote is not None


# A source's word for the language alone excludes nobody: the abstract can be read.
def test_an_english_abstract_of_a_foreign_report_is_not_excluded_for_language(
    protocol: Protocol, shipped: ScreeningModel, encoder: Encoder
):
    judged = one((INCLUDED[0], INCLUDED[1], "zh"), protocol, shipped, encoder)
    assert judged.verdict is not Verdict.EXCLUDE


# An abstract in two languages can be read in one of them.
def test_mixed_languages_can_be_read(protocol: Protocol, shipped: ScreeningModel, encoder: Encoder):
    danish = "Formålet med undersøgelsen er at beskrive, hvordan medarbejdere bliver ansat. " * 9
    text = (INCLUDED[0], danish + INCLUDED[1], "")
    judged = one(text, protocol, shipped, encoder)
    assert answers(judged)["eligible_language"] is Answer.MET
    assert judged.verdict is not Verdict.EXCLUDE


# The first failing criterion in the protocol's order is the main reason (PRISMA 2020, 16b).
def test_the_reason_follows_the_protocols_order(gardens: Protocol):
    text = ("Plastic plants on a farm", "The farm sold plastic plants. Farms do.", "en")
    assert one(text, gardens).exclusion_reason == "plastic"
    turned = gardens.model_copy(
        update={
            "criteria": tuple(c.model_copy(update={"order": 3 - c.order}) for c in gardens.criteria)
        }
    )
    assert one(text, turned).exclusion_reason == "no_garden"


# A protocol judged by language alone has nothing else to say.
def test_a_protocol_of_language_alone(gardens: Protocol):
    criterion = Criterion(
        key="language",
        question="English?",
        kind="inclusion",
        exclusion_reason="not_english",
        reason_text="Not in English",
        order=1,
        judged_by="language",
    )
    protocol = gardens.model_copy(update={"criteria": (criterion,)})
    judged = one(GARDEN, protocol)
    assert judged.verdict is Verdict.UNSURE
    assert answers(judged) == {"language": Answer.MET}


# The answers do not depend on which other reports are judged in the same batch.
def test_a_report_is_judged_by_itself(
    gardens: Protocol, garden_model: ScreeningModel, encoder: Encoder
):
    texts = [GARDEN, ("", "", ""), FARM, PLASTIC]
    together = assess_reports(texts, gardens, garden_model, encoder)
    apart = [one(text, gardens, garden_model, encoder) for text in texts]
    assert [(a.verdict, a.exclusion_reason) for a in together] == [
        (a.verdict, a.exclusion_reason) for a in apart
    ]
    for a, b in zip(together, apart, strict=True):
        assert a.probability == pytest.approx(b.probability, abs=1e-4)


# No text, however odd, stops the work or is excluded without a quote.
@settings(max_examples=30)
@given(st.text(max_size=60), st.text(max_size=200), st.sampled_from(["", "en", "zz", "DE "]))
def test_any_text_can_be_judged(
    gardens: Protocol,
    garden_model: ScreeningModel,
    encoder: Encoder,
    title: str,
    abstract: str,
    language: str,
):
    judged = one((title, abstract, language), gardens, garden_model, encoder)
    assert 0 <= judged.probability <= 1
    assert (judged.exclusion_reason is not None) == (judged.verdict is Verdict.EXCLUDE)
    if judged.verdict is Verdict.EXCLUDE:
        assert any(a.quote is not None for a in judged.answers)
