"""A cue counts for what the words around it say: denied, compared, excluded, or about the study."""

from __future__ import annotations

import pytest

from review.protocol import Protocol
from review.sentences import split_sentences
from screening.criteria import Side, compile_cues
from screening.surroundings import Context

# Sentences that name what a criterion is about, and mean that the report is not about it.
SILENT = (
    ("substance_use", "Participants with alcohol problems or substance misuse were excluded."),
    ("substance_use", "People with a primary substance use disorder were not eligible."),
    ("substance_use", "We excluded people whose main problem was opioid use."),
    (
        "substance_use",
        "Exclusion criteria were dementia, substance dependence and imminent discharge.",
    ),
    ("substance_use", "Unlike recovery houses, the wards employ peer workers under contract."),
    ("substance_use", "Services for substance misuse were outside the scope of the study."),
    ("substance_use", "Adults without a substance use disorder took part."),
    ("substance_use", "Nobody with heroin dependence was recruited."),
    ("substance_use", "The setting was psychiatric, not substance use treatment."),
    ("substance_use", "Studies of substance abuse populations were not included."),
    ("substance_use", "Substance use problems were an exclusion criterion."),
    ("online_only", "Data were collected online."),
    ("online_only", "An online survey was completed by peer workers on ten wards."),
    ("online_only", "Interviews were held by telephone or over Zoom because of COVID-19."),
    ("online_only", "Participants were recruited through online forums and local charities."),
    ("online_only", "Staff answered an online questionnaire about peer support."),
    ("online_only", "A link to the survey was posted in online communities for peer specialists."),
    ("online_only", "Focus groups met online."),
    ("online_only", "Unlike online peer support, the meetings took place in person."),
    ("online_only", "No online support group was offered."),
    ("online_only", "Interviews were conducted by telephone during COVID."),
    ("online_only", "Peer workers received training through an online discussion forum."),
    ("peer_run_only", "Peer-led groups were offered by a statutory mental health trust."),
    ("peer_run_only", "Unlike consumer-operated services, these teams were led by clinicians."),
    ("peer_run_only", "The service was not peer-run."),
    ("peer_run_only", "Peer-run organisations were excluded from the sample."),
    ("peer_run_only", "The team was compared with a peer-operated programme."),
    ("informal", "Self-help groups were part of usual care in the control arm."),
    ("informal", "Formal peer support differs from mutual aid and self-help groups."),
    ("informal", "Rather than mutual support among patients, trained workers were employed."),
    ("informal", "Alcoholics Anonymous and other self-help groups were excluded."),
    ("informal", "In contrast to naturally occurring support, the role is paid."),
    ("peer_navigation", "Peer navigators were not part of the team."),
    ("peer_navigation", "Peer navigation programmes were excluded from the review."),
    ("empirical_design", "No interviews were held."),
    ("mental_health_adults", "People with severe mental illness were excluded."),
    ("mental_health_adults", "None of the participants had schizophrenia."),
    ("formal_peer_support", "No peer support workers were employed."),
    ("implementation_influences", "Barriers to implementation were not examined."),
    ("informal", "Patients in the control arm attended self-help groups, which served as control."),
    ("informal", "A self-help group was offered in the control condition."),
    (
        "peer_run_only",
        "In the comparison group, a peer-run service was part of usual care.",
    ),
    ("online_only", "Interviews by video call replaced focus groups that met online."),
    ("online_only", "The survey was posted in several online communities for staff."),
    ("online_only", "Interviews with staff were held in virtual meetings."),
    ("peer_navigation", "Patient navigators were nurses of the clinic."),
)

# Sentences with the same words, and the same kinds of words around them, that do speak.
SPEAKING = (
    ("substance_use", "Participants were adults with a substance use disorder."),
    (
        "substance_use",
        "People in methadone treatment were included, and those under 18 were excluded.",
    ),
    ("substance_use", "Not only staff but people with opioid dependence were interviewed."),
    ("substance_use", "Peers with a history of heroin injection worked in harm reduction sites."),
    ("substance_use", "No study has examined recovery coaching in substance use treatment."),
    (
        "substance_use",
        "People with severe mental illness were excluded; all had an opioid use disorder.",
    ),
    ("online_only", "An online peer support group was moderated by volunteers."),
    ("online_only", "Members of an online forum for depression wrote to one another."),
    ("online_only", "Posts in a subreddit on bipolar disorder were analysed."),
    ("online_only", "The intervention was delivered entirely online through a discussion board."),
    ("online_only", "Support was not given in person but in an online community."),
    ("online_only", "Support groups turned to virtual meetings and stayed there."),
    ("peer_run_only", "Cafés owned and run by survivors of psychiatry were visited."),
    ("informal", "A voice hearers\u2019 group met in a library."),
    ("peer_navigation", "Navigation by peers raised attendance at clinics."),
    ("peer_run_only", "The crisis house is a peer-run service with no clinical staff."),
    ("peer_run_only", "We surveyed members of consumer-operated drop-in centres."),
    ("informal", "Members of self-help groups for depression were interviewed."),
    ("informal", "Mutual aid among patients arose spontaneously on the ward."),
    ("peer_navigation", "Peer navigators accompanied people to appointments."),
    ("empirical_design", "Semi-structured interviews were held with peer workers."),
    ("mental_health_adults", "Adults with severe mental illness took part."),
    ("mental_health_adults", "People with schizophrenia were included if they were over 18."),
    ("formal_peer_support", "Peer support workers were employed on the ward."),
    ("formal_peer_support", "Peer specialists are not only employed but paid."),
    ("implementation_influences", "Lack of funding was a barrier to implementation."),
    ("mental_health_adults", "Peer support did not improve symptoms in people with schizophrenia."),
    ("mental_health_adults", "Peer work has not been studied in people with bipolar disorder."),
    ("online_only", "Peer support workers moderated an online forum that was open day and night."),
    (
        "substance_use",
        "There was no difference in relapse between people with methadone and those without.",
    ),
)


def speaks(protocol: Protocol, criterion: str, text: str) -> bool:
    """Whether a firm cue stands plainly in the text, as a judgement without a model asks."""
    hits = compile_cues(protocol).find(text, split_sentences(text))[criterion]
    return any(h.side is Side.FOR and h.context is Context.PLAIN and not h.weak for h in hits)


# What is denied, excluded, compared with or part of how a study was done speaks for nothing.
@pytest.mark.parametrize(("criterion", "text"), SILENT)
def test_words_in_passing_are_silent(protocol: Protocol, criterion: str, text: str):
    assert not speaks(protocol, criterion, text)


# A sign of denial reaches no further than its clause, and a denied finding denies no subject.
@pytest.mark.parametrize(("criterion", "text"), SPEAKING)
def test_words_that_are_meant_speak(protocol: Protocol, criterion: str, text: str):
    assert speaks(protocol, criterion, text)
