"""The drawing of precision by recall is well-formed, says what it shows, and lets no markup in."""

from __future__ import annotations

from xml.etree import ElementTree

from reporting.precision import Panel, draw_precision

SVG = "{http://www.w3.org/2000/svg}"


def _panel(name: str, points: tuple[tuple[float, float], ...]) -> Panel:
    return Panel(name=name, told="7 passages", base=0.25, points=points)


# Each theme has a panel with its curve; one without passages has a panel and no curve.
def test_each_theme_has_a_panel() -> None:
    panels = [_panel("water", ((0.5, 1.0), (1.0, 0.5))), _panel("teachers", ())]
    root = ElementTree.fromstring(draw_precision("gardens.jsonl", panels))
    assert len(root.findall(f"{SVG}g")) == 2
    (curve,) = root.iter(f"{SVG}polyline")
    first, last = (tuple(map(float, p.split(","))) for p in curve.attrib["points"].split())
    # To the right is more found, and lower down is less precise.
    assert first[0] < last[0]
    assert first[1] < last[1]
    assert "water: 7 passages; teachers: 7 passages" in (root.findtext(f"{SVG}desc") or "")


# The name of a file or a theme is shown, never read as markup.
def test_names_are_no_markup() -> None:
    drawn = draw_precision("<script>", [_panel("a & b", ((1.0, 1.0),))])
    assert "<script>" not in drawn
    assert "<script>" in "".join(ElementTree.fromstring(drawn).itertext())
