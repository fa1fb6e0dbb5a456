"""Articles that a browser sets in columns and prints give back their sentences, and little else."""

from __future__ import annotations

import html
import shutil
import subprocess
from collections.abc import Callable
from itertools import islice, product
from typing import Any

import pytest

from extraction.fulltext import read_full_text
from extraction.passages import split_full_text

_TOWNS = ("Leeds", "Lyon", "Turin", "Graz", "Porto", "Ghent", "Malmö", "Gdańsk", "Kyoto", "Accra")
_FOUND = (
    "In {} the peers said that nobody had told the other staff what their work was meant to be",
    "Accepted by every office in {}, the offer of supervision was taken up by fifty-five of them",
    "What the peers in {} had not received was a contract that ran for longer than five months",
    "The efficient flow of first referrals in {} was traced to a difficult but self-confident team",
    "Twenty-one of the managers in {} thought that the difference in pay was unfair and should end",
)
_STYLE = """
body {font: 10pt/1.25 "Liberation Serif", serif} h1 {font-size: 17pt} h2 {font-size: 12pt}
h3 {font: italic 10.5pt "Liberation Serif", serif}
p {text-align: justify; hyphens: auto; font-variant-ligatures: common-ligatures; margin: 0 0 .5em}
.note, .small {font-size: 8pt} .note {border-top: 1px solid} sup {font-size: 6.5pt}
"""
_LAYOUTS = {
    "two columns, running heads, page numbers": """@page {size: A4; margin: 22mm 16mm;
        @top-center {content: "Journal of Peer Work 12 (2024)"} @bottom-center
        {content: counter(page)}} .text {column-count: 2; column-gap: 8mm}""",
    "three columns, narrow margins, no blank between paragraphs": """@page {size: A4; margin: 6mm;
        @bottom-right {content: "Page " counter(page) " of " counter(pages)}}
        .text {column-count: 3; column-gap: 4mm} p {margin: 0; text-indent: 1.2em}""",
    "one ragged column, captions as large as the text": """@page {size: Letter; margin: 30mm;
        @top-left {content: "SMITH & FIELD"} @top-right {content: counter(page)}}
        p {text-align: left} .small {font-size: 10pt} table {font-size: 8pt}""",
}


@pytest.fixture(scope="module")
def printed(needs: Any, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], bytes]:
    """What a browser prints of a page, as a PDF."""
    program = shutil.which("chromium")
    needs(program is not None, "Chromium is not installed (Debian: apt-get install chromium)")
    folder = tmp_path_factory.mktemp("printed")

    def call(page: str) -> bytes:
        (folder / "page.html").write_text(page, encoding="utf-8")
        options = ["--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer"]
        target = [f"--print-to-pdf={folder / 'page.pdf'}", (folder / "page.html").as_uri()]
        profile = f"--user-data-dir={folder / 'profile'}"
        subprocess.run(
            [str(program), *options, profile, *target], check=True, capture_output=True, timeout=60
        )
        return (folder / "page.pdf").read_bytes()

    return call


def _article(style: str) -> tuple[str, list[tuple[str, str]]]:
    """An article as a web page, and its findings in order, each with the section it stands in."""
    said = (f"{found.format(town)}." for found, town in product(_FOUND, _TOWNS))
    findings: list[tuple[str, str]] = []

    def paragraphs(section: str, number: int) -> str:
        parts = [list(islice(said, 4)) for _ in range(number)]
        findings.extend((section, sentence) for part in parts for sentence in part)
        return "".join(f"<p>{html.escape(' '.join(part))}</p>" for part in parts)

    note = '<p class="note"><sup>1</sup> The names of all places were made up for this report.</p>'
    cells = "".join(f"<tr><td>Site {n}, north</td><td>{n}.5 (2)</td></tr>" for n in range(1, 9))
    table = f'<p class="small">Table 1. People who took part</p><table>{cells}</table>'
    figure = '<p class="small">Figure 1. How the people who took part came to the report</p>'
    reference = "<li>Field B. Lack of supervision of peers. J Peers. 2020;3(2):10-19.</li>"
    text = f"""<h2>1. Introduction</h2>{paragraphs("introduction", 3)}
    <h2>2. Methods</h2><h3>2.1 Setting</h3>{paragraphs("methods › setting", 1)}{note}{table}
    <h2>3. Results</h2><h3>3.1 Flows and offices</h3>
    {paragraphs("results › flows and offices", 3)}{figure}
    {paragraphs("results › flows and offices", 2)}{note}<h3>3.2 Pay</h3>
    {paragraphs("results › pay", 2)}<h2>Discussion</h2>{paragraphs("discussion", 1)}
    <h2>Acknowledgements</h2><p>We thank everybody who gave us their time.</p>
    <h2>References</h2><ol class="small">{reference * 12}</ol>"""
    front = """<h1>Efficient offices</h1><p>Anna Smith<sup>1</sup>, Ben Field<sup>2</sup></p>
    <p>1 University of the North. Correspondence: a.smith@example.org</p>
    <h2>Abstract</h2><p>The peers lacked supervision, as this abstract says before all else.</p>"""
    head = f'<!doctype html><html lang="en"><meta charset="utf-8"><style>{_STYLE}{style}</style>'
    return f'{head}{front}<div class="text">{text}</div>', findings


# Every finding comes out whole, in order and under its heading, however lines, columns and pages
# part it; heads, page numbers, names, notes, tables, captions and references are left out.
@pytest.mark.parametrize("layout", _LAYOUTS)
def test_a_printed_article_gives_its_findings(layout: str, printed: Callable[[str], bytes]) -> None:
    page, findings = _article(_LAYOUTS[layout])
    passages = split_full_text(read_full_text(printed(page)), "")
    assert [(passage.section, passage.quote.exact) for passage in passages] == findings
