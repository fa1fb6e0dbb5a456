"""Which part of a report a heading opens: background, aims, methods, results, and what is none."""

from __future__ import annotations

import re
from enum import StrEnum
from functools import lru_cache

# Stands between a heading and the one it lies under: "results › lack of training".
WITHIN = " › "


class SectionKind(StrEnum):
    """The parts of a report; ``other`` where the heading does not say, or there is none.

    ``aside`` is what stands in it and reports nothing: references, captions, rows of tables.
    """

    BACKGROUND = "background"
    AIMS = "aims"
    METHODS = "methods"
    RESULTS = "results"
    DISCUSSION = "discussion"
    CONCLUSION = "conclusion"
    ASIDE = "aside"
    OTHER = "other"


# English, German, French, Spanish, Hebrew and Swahili; Luganda reports keep English headings.
_OPENING = {
    SectionKind.BACKGROUND: (
        "(?:general )?introduction|background|context|rationale|importance|(?:literature|narrative)"
        " review|(?:theoretical|conceptual) (?:background|framework)|what (?:is|was) (?:already )?"
        "known.*|previous research|hintergrund|einleitung|einführung|contexte|contexto|"
        "antecedentes|introducción|רקע|מבוא|utangulizi|usuli"
    ),
    SectionKind.AIMS: (
        "(?:study )?aims?|(?:study )?objectives?|purpose|goals?|research questions?|hypothes[ie]s|"
        "the (?:present|current) study|ziele?|zielsetzung|fragestellung(?:en)?|objectifs?|buts?|"
        "objetivos?|מטרה|מטרות|lengo|malengo|madhumuni"
    ),
    SectionKind.METHODS: (
        "(?:materials?|subjects?|patients?|participants?|design|data|search|research|aims?) "
        "(?:and |& )methods?|methods?|methodology|methodological approach|(?:study |research )?"
        "design(?:/methodology/approach)?|(?:study )?settings?|(?:study )?(?:participants?|sample|"
        "subjects|population|procedures?|selection)|data (?:collection|analysis|analyses|extraction"
        "|sources?|synthesis)|(?:statistical |qualitative |thematic )?(?:analysis|analyses)|"
        "(?:outcome )?measures?|instruments?|assessments?|interventions?|recruitment|sampling|"
        "ethics|(?:ethical|ethics) (?:considerations?|approval)|(?:search|selection) (?:methods|"
        "strategy|criteria)|(?:clinical )?trial registration.*|methoden?|methodik|stichprobe|"
        "(?:matériels? et )?méthodes?|(?:material y )?métodos?|metodología|muestra|participantes|"
        "שיטות|שיטה|mbinu"
    ),
    SectionKind.RESULTS: (
        "(?:main |key |study |qualitative |quantitative )?(?:results?|findings?|outcomes?)|recent "
        "findings|ergebnisse?|resultate|befunde|résultats?|resultados?|hallazgos|ממצאים|תוצאות|"
        "matokeo"
    ),
    SectionKind.DISCUSSION: (
        "(?:general )?discussion|(?:study )?(?:strengths|limitations?)|interpretation|diskussion|"
        "limitationen|discusión|limites|limitaciones|דיון|majadiliano"
    ),
    SectionKind.CONCLUSION: (
        "(?:overall )?conclusions?|concluding remarks|(?:[a-z]+ )?implications?|recommendations?|"
        "(?:executive )?summary|highlights|key (?:messages|points)|what this (?:paper|study) adds|"
        "relevance|significance|originality/value|schlussfolgerung(?:en)?|fazit|conclusiones|"
        "recomendaciones|מסקנות|hitimisho|mapendekezo"
    ),
}
_KINDS = {
    kind: re.compile(rf"(?:{words})(?:(?: and| for| of|,|:|/| &| et| und| y) .{{0,80}})?")
    for kind, words in _OPENING.items()
}
# What stands behind a report and reports nothing.
_ASIDE = re.compile(
    r"references?|bibliography|literature(?: cited)?|works cited|notes?|footnotes?|endnotes?"
    r"|acknowledge?ments?|(?:source of )?funding.*|financial (?:support|disclosure).*"
    r"|(?:declaration of )?(?:conflicts?|competing|declarations?|disclosures?)(?: of)?"
    r"(?: interests?)?(?: statement)?|authors?['’]? contributions?|contributors|author (?:note|"
    r"information|details|contributions?)|about the authors?|data (?:availability|accessibility)"
    r".*|availability of data.*|(?:list of )?abbreviations|key ?words|supplement(?:ary|al)?"
    r"(?: (?:materials?|information|data|files?))?|appendi(?:x|ces).*|additional files?.*"
    r"|(?:ethics|ethical) (?:approval|statement).*|consent (?:for publication|to participate).*"
    r"|publisher['’]s note|orcid.*|copyright.*|literatur(?:verzeichnis)?|danksagung|förderung"
    r"|interessenkonflikte?|références|remerciements|(?:conflits?|liens?) d['’]intérêts?"
    r"|referencias(?: bibliográficas)?|bibliografía|agradecimientos|financiación|מקורות|ביבליוגרפיה"
    r"|marejeo",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"(?:\d{1,2}(?:\.\d{1,2})*\.?|[IVX]{1,4}\.|[A-H]\.)\s+")


def name_heading(heading: str) -> str:
    """A heading without its number, mark and capitals: "2.1 Data Analysis:" is "data analysis"."""
    words = " ".join(heading.split())
    return _NUMBER.sub("", words, count=1).strip(" .:–—-").lower()


@lru_cache(maxsize=4096)
def kind_of_section(section: str) -> SectionKind:
    """The part of the report that a section belongs to, by its outermost telling heading.

    ``section`` is as in ``Passage.section``: one heading, or several from the outermost to the
    innermost with ``WITHIN`` between.
    """
    for heading in section.split(WITHIN):
        name = name_heading(heading)
        for kind, opening in _KINDS.items():
            if opening.fullmatch(name):
                return kind
    return SectionKind.OTHER


def is_aside(heading: str) -> bool:
    """Whether what stands under the heading is no part of what is reported: references, thanks."""
    return _ASIDE.fullmatch(name_heading(heading)) is not None
