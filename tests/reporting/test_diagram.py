"""The drawn flow can be read aloud, holds every number, and lets no text out of its box."""

import itertools
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reporting.diagram import draw_flow
from reporting.flow import describe_flow, flow_boxes
from reporting.prisma import PrismaCounts

SVG = "{http://www.w3.org/2000/svg}"
COUNTS = PrismaCounts(
    identified={"pubmed": 4012, "psycinfo": 1801},
    duplicates_removed=813,
    reports=5000,
    excluded_automatic=4700,
    excluded_automatic_reasons={"no_bell": 4000, "colour": 700},
    awaiting_include=60,
    awaiting_unsure=40,
    screened=200,
    excluded_screening=120,
    excluded_screening_reasons={"no_bell": 120},
    sought=80,
    not_retrieved=5,
    awaiting_full_text=10,
    assessed=65,
    excluded_full_text=12,
    excluded_full_text_reasons={"colour": 12},
    included=53,
    included_before=50,
)


def texts(svg):
    return " ".join(e.text or "" for e in ElementTree.fromstring(svg).iter(f"{SVG}text"))


def test_the_drawing_is_an_image_with_a_title_and_a_description():
    root = ElementTree.fromstring(draw_flow(COUNTS))
    assert root.get("role") == "img"
    named = root.get("aria-labelledby").split()
    assert [root.find(f"{SVG}title").get("id"), root.find(f"{SVG}desc").get("id")] == named
    assert "4,700" in root.find(f"{SVG}desc").text
    assert not list(root.iter(f"{SVG}script"))
    assert not list(root.iter(f"{SVG}image"))


# Text stays text, so that it can be searched, copied and read aloud.
def test_every_number_of_every_box_is_drawn_as_text():
    drawn = texts(draw_flow(COUNTS, reason_texts={"no_bell": "No bell"})).replace("\u00a0", " ")
    for box in flow_boxes(COUNTS, reason_texts={"no_bell": "No bell"}, source_names={}):
        assert f"{box.words} (n = {box.number:,})" in drawn
        for part, number in box.parts:
            assert f"{part} (n = {number:,})" in drawn
    assert "No bell (n = 4,000)" in drawn
    assert "colour (n = 700)" in drawn  # a reason without words is shown by its key


def test_parts_sum_to_their_box():
    for box in flow_boxes(COUNTS, reason_texts={}, source_names={}):
        assert not box.parts or sum(n for _, n in box.parts) == box.number


# People who screened and do not agree appear only where there are some.
def test_boxes_of_a_living_review_appear_when_they_hold_something():
    more = PrismaCounts(identified={"p": 3}, reports=3, not_assessed=1, awaiting_settlement=2)
    assert "Not settled between people" in texts(draw_flow(more))
    assert "disagree or are unsure" not in texts(draw_flow(COUNTS))


@given(st.text(max_size=300))
def test_any_text_of_a_reason_gives_well_formed_svg_inside_its_box(reason):
    counts = PrismaCounts(
        identified={"s": 1},
        reports=1,
        excluded_automatic=1,
        excluded_automatic_reasons={"r": 1},
    )
    root = ElementTree.fromstring(draw_flow(counts, reason_texts={"r": reason}).encode())
    height = float(root.get("height"))
    bottom = max(float(r.get("y")) + float(r.get("height")) for r in root.iter(f"{SVG}rect"))
    assert bottom <= height
    boxes = [r for r in root if r.tag == f"{SVG}rect" and r.get("class") != "pf-stage"]
    for text in root:
        if text.tag == f"{SVG}text" and text.get("x"):
            x, y = float(text.get("x")), float(text.get("y"))
            assert any(
                float(b.get("x")) < x < float(b.get("x")) + float(b.get("width"))
                and float(b.get("y")) < y < float(b.get("y")) + float(b.get("height"))
                for b in boxes
            )


def test_boxes_of_one_column_do_not_overlap():
    root = ElementTree.fromstring(draw_flow(COUNTS))
    for x in ("56", "428"):
        column = [r for r in root.iter(f"{SVG}rect") if r.get("x") == x]
        assert len(column) >= 5
        for above, below in itertools.pairwise(column):
            assert float(above.get("y")) + float(above.get("height")) < float(below.get("y"))


def test_the_description_holds_the_numbers():
    for number in ("5,813", "813", "5,000", "4,700", "100", "200", "120", "80", "65", "53", "50"):
        assert f" {number}" in describe_flow(COUNTS)


@pytest.mark.parametrize("hostile", ["<script>alert(1)</script>", "]]>", "a & b", "\x00\ud800"])
def test_hostile_source_names_are_text(hostile):
    counts = PrismaCounts(identified={hostile: 0})
    root = ElementTree.fromstring(draw_flow(counts).encode())
    assert not list(root.iter(f"{SVG}script"))
