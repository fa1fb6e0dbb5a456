"""The whole job in real browsers: four people, one server that is killed, and the edition at last.

The pictures of the README are taken on the way; ``make pictures`` keeps them.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from review.annotations import AnnotationVerdict
from review.decisions import Stage, Verdict
from review.settings import CHECKOUT
from review.store.annotations import find_annotations
from review.store.decisions import find_consensus, find_decisions
from review.store.records import find_reports
from review.store.settlements import find_annotation_consensus
from tests.standins.camera import Camera
from tests.standins.home import Review
from tests.standins.keyboard import Keyboard
from workbench.pages.desk import PAGES

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    # Playwright's own event loop, closed by it at the end of the session.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
PICTURES = CHECKOUT / "docs/pictures"
EXAMPLE = CHECKOUT / "data/example"
PASSWORD = "four people at one review"
PEOPLE = {"ana": "reviewer", "ben": "reviewer", "eve": "adjudicator"}
SCREENED, VERIFIED = 10, 20
CORRECTION = "Corrected: 12 people of a sixth site are counted now."


@pytest.fixture(scope="module")
def review(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Review]:
    """The example, judged and tagged, and a maintainer who can sign in."""
    home = tmp_path_factory.mktemp("proof")
    review = Review(home / "home")
    (home / "password").write_text(PASSWORD)
    review.run("update", *(EXAMPLE / n for n in ("pubmed.nbib", "psycinfo.ris", "openalex.csv")))
    review.run(
        *("reviewer", "add", "max", "--role", "maintainer", "--password-file", home / "password")
    )
    review.serve()
    yield review
    review.kill()


@pytest.fixture(scope="module")
def camera(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Camera:
    """Takes pictures, into the folder that was named or into one that is thrown away."""
    named = request.config.getoption("--pictures")
    return Camera(Path(named) if named else tmp_path_factory.mktemp("pictures"))


@pytest.fixture
def sit_down(browser: Browser, review: Review) -> Iterator[Callable[..., Keyboard]]:
    """A browser for one person, who signs in; no page may have a fault in its scripts."""
    faults: list[str] = []
    contexts = []

    def sit_down(name: str) -> Keyboard:
        contexts.append(browser.new_context(viewport={"width": 1280, "height": 800}))
        page = contexts[-1].new_page()
        page.on("pageerror", lambda fault: faults.append(str(fault)))
        page.on("console", lambda said: faults.append(said.text) if "Policy" in said.text else None)
        person = Keyboard(page, review.address)
        person.sign_in(name, PASSWORD)
        return person

    yield sit_down
    for context in contexts:
        context.close()
    assert faults == []


def test_the_whole_job(review: Review, sit_down: Any, camera: Camera) -> None:
    """Two people differ, a third settles it, and the edition shows what the store holds."""
    chief = sit_down("max")
    _let_people_in(chief, camera)
    ana = sit_down("ana")
    _screen(ana, review, camera)
    _verify(ana, review, camera)
    _lose_the_network(ana, review)
    _ask_for_second_reading(chief)
    ben = sit_down("ben")
    _disagree(ben, review)
    _see_people(chief, camera)
    eve = sit_down("eve")
    _settle(eve, review, camera)
    _publish(chief, review, camera)
    _look_around(chief, review, camera)


def test_every_page_has_its_picture(camera: Camera, checkout: Path) -> None:
    """A page that is added is pictured here, and shown in the README."""
    wanted = {key for key, *_ in PAGES} | {"keys", "sign-in"}
    taken = {picture.stem for picture in camera.folder.glob("*.webp")}
    assert wanted - {name.split("_")[0] for name in taken} == set()
    kept = {picture.stem for picture in PICTURES.glob("*.webp")}
    assert taken == kept, "refresh the pictures with `make pictures`"
    readme = (checkout / "README.md").read_text(encoding="utf-8")
    assert [name for name in kept if f"docs/pictures/{name}.webp" not in readme] == []
    sizes = {picture.name: picture.stat().st_size for picture in PICTURES.glob("*.webp")}
    assert {name: size for name, size in sizes.items() if size > 100_000} == {}


def _let_people_in(chief: Keyboard, camera: Camera) -> None:
    chief.open("/people")
    for name, role in PEOPLE.items():
        chief.page.get_by_label("Name", exact=True).fill(name)
        chief.page.get_by_label("Role", exact=True).select_option(role)
        chief.page.get_by_label("First password").fill(PASSWORD)
        chief.page.get_by_role("button", name="Add").click()
        expect(chief.page.get_by_text(f"{name} can sign in as {role}")).to_be_visible()


def _screen(ana: Keyboard, review: Review, camera: Camera) -> None:
    """Ten reports: by the verdict alone, and by answers that it follows from."""
    answers = (
        (["i"], Verdict.INCLUDE, None),
        (["2", "n", "d"], Verdict.UNSURE, None),
        (["2", "y", "e"], Verdict.EXCLUDE, "substance_use"),
        (["q"], Verdict.UNSURE, None),
        (["7", "y", "d"], Verdict.EXCLUDE, "informal"),
    )
    ana.open("/screening")
    blind, expected = set(), {}
    for n in range(SCREENED):
        report, seen = ana.report, ana.page.locator(".machine").count()
        if not seen:
            blind.add(report)
        elif ana.page.locator(".text mark").count() and not camera.has("screening"):
            ana.press("1", "y", "n", "n")
            # However far down the criterion in turn is, the verdicts are in view.
            expect(ana.page.locator(".verdict-bar")).to_be_in_viewport(ratio=1)
            camera.take(ana.page, "screening")
        keys, *expected[report] = answers[n % len(answers)]
        ana.answer(*keys)
        if not seen:
            # Answered blind: only now the machine's word stands beside one's own.
            assert ana.report == report
            expect(ana.page.get_by_role("heading", name="What was said of it")).to_be_visible()
            camera.take(ana.page, "screening_blind")
            ana.go_on()
    said = review.decisions("ana")
    assert len(said) == SCREENED
    assert {n: [d.verdict, d.exclusion_reason] for n, d in said.items()} == expected
    assert blind
    assert {d.report_id for d in said.values() if not d.saw_assessment} == blind
    # Undone, it is before the person again, and decided anew.
    ana.answer("u")
    assert len(review.decisions("ana")) == SCREENED - 1
    again = ana.report
    ana.answer("i")
    assert review.decisions("ana")[again].verdict is Verdict.INCLUDE


def _verify(ana: Keyboard, review: Review, camera: Camera) -> None:
    """Twenty passages, those that are drawn for it before the machine's view is shown."""
    answers = (["a"], ["r"], ["b", "a"], ["t", "2"])
    ana.open("/passages")
    named_blind = 0
    for n in range(6 * VERIFIED):
        if len({(a.report_id, a.quote.start) for a in review.annotations("ana")}) >= VERIFIED:
            break
        if ana.heading.startswith("Which influences"):
            expect(ana.page.locator(".suggestion")).not_to_contain_text("score")
            ana.press("2", "f", "3", "b")
            camera.take(ana.page, "passages_blind")
            ana.answer("a")
            expect(ana.page.locator("article")).to_contain_text("before you saw the machine")
            named_blind += 1
            ana.go_on()
        elif ana.heading.startswith("You answered"):
            ana.go_on()
        else:
            if ana.page.locator(".piece.answered").count() > 1:
                camera.take(ana.page, "passages")
            ana.answer(*answers[n % len(answers)])
    said = review.annotations("ana")
    assert len({(a.report_id, a.quote.start) for a in said}) == VERIFIED
    assert named_blind
    blind = {(a.report_id, a.quote.start) for a in said if not a.saw_suggestion}
    assert len(blind) == named_blind
    assert {a.verdict for a in said} == set(AnnotationVerdict)
    ana.answer("u")
    assert len(review.annotations("ana")) < len(said)


def _lose_the_network(ana: Keyboard, review: Review) -> None:
    """Answers wait in the page, while the server is killed and started, too; each counts once."""

    def decided() -> int:
        return len(review.decisions("ana"))

    def answered() -> int:
        return len({a.annotated_at for a in review.annotations("ana")})

    is_offline = ana.page.context.set_offline
    _answer_cut_off(
        *(ana, "/screening", "q", lambda: is_offline(True), lambda: is_offline(False), decided)
    )
    _answer_cut_off(ana, "/passages", "r", review.kill, review.serve, answered)


def _answer_cut_off(
    ana: Keyboard,
    path: str,
    key: str,
    cut: Callable[[], None],
    mend: Callable[[], None],
    count: Callable[[], int],
) -> None:
    ana.open(path)
    # On to what is not asked blind.
    while ana.page.locator("#answer [name=theme], .machine").count() == 0:
        ana.go_on()
    before = count()
    cut()
    ana.press(key)
    expect(ana.page.locator("#waiting")).to_contain_text("1 answer waits")
    # Pressed once more it is the same answer.
    ana.press(key)
    assert count() == before
    ana.mark()
    mend()
    expect(ana.page.locator("#waiting")).to_be_hidden(timeout=20_000)
    # Sent, the page goes on by itself.
    ana.arrive()
    assert count() == before + 1


def _ask_for_second_reading(chief: Keyboard) -> None:
    chief.open("/people")
    chief.page.get_by_label("Share of them, in percent").fill("100")
    for name in ("ana", "eve", "max"):
        chief.page.get_by_label(name, exact=True).uncheck()
    chief.page.get_by_role("button", name="Ask them").click()
    expect(chief.page.locator(".kept")).to_contain_text("a second time: ben")


def _disagree(ben: Keyboard, review: Review) -> None:
    """Ben reads what Ana read, without seeing what she said, and differs on one of each."""
    hers = review.decisions("ana")
    ben.open("/screening?lane=second")
    expect(ben.page.locator("#screening")).not_to_contain_text("ana:")
    differs = 0
    for _ in range(len(hers)):
        report = ben.report
        same = {Verdict.INCLUDE: ["i"], Verdict.UNSURE: ["q"], Verdict.EXCLUDE: ["2", "y", "d"]}
        keys = same[hers[report].verdict]
        if not differs and hers[report].verdict is Verdict.INCLUDE:
            keys, differs = ["7", "y", "d"], report
        ben.answer(*keys)
        if ben.page.get_by_role("heading", name="What was said of it").count():
            ben.go_on()
    assert set(review.decisions("ben")) == set(hers)
    [first, *_] = [a for a in review.annotations("ana") if a.verdict is AnnotationVerdict.ACCEPT]
    ben.open(f"/passages?report={first.report_id}&at={first.quote.start}&on={first.theme}")
    expect(ben.page.locator("body")).not_to_contain_text("ana:")
    ben.answer("r")
    expect(ben.page.locator(".told")).to_contain_text("Kept")


def _see_people(chief: Keyboard, camera: Camera) -> None:
    chief.open("/people")
    camera.take(chief.page, "people")


def _settle(eve: Keyboard, review: Review, camera: Camera) -> None:
    """Eve settles a report and a passage with the keyboard; no vote is touched."""
    before = review.ask(find_decisions), review.ask(find_annotations)
    for kind in ("reports", "passages"):
        eve.open(f"/conflicts?kind={kind}")
        camera.take(eve.page, f"conflicts_{kind}")
        eve.page.get_by_label("Why is it settled so?").focus()
        eve.page.keyboard.type("The abstract says so in its results.")
        eve.page.keyboard.press("Tab")
        eve.page.keyboard.press("Enter")
        expect(eve.page.get_by_text("You settled")).to_be_visible()
    assert (review.ask(find_decisions), review.ask(find_annotations)) == before
    assert len(review.ask(find_consensus)) == len(review.ask(find_annotation_consensus)) == 1


def _publish(chief: Keyboard, review: Review, camera: Camera) -> None:
    """What the edition tells is what the votes give, counted here by hand."""
    assert "Edition 2" in review.run("publish")
    flow = _read(review.home / "editions/edition-0002/flow.csv")
    told = {
        box: int(n)
        for _, box, part, n in ((r["Stage"], r["Box"], *list(r.values())[2:]) for r in flow)
        if not part
    }
    settled = {d.report_id: d.verdict for d in review.ask(find_consensus)}
    said: dict[int, set[Verdict]] = {}
    for d in review.ask(find_decisions):
        assert d.stage is Stage.TITLE_ABSTRACT
        said.setdefault(d.report_id, set()).add(d.verdict)
    outcome = {n: settled.get(n, min(verdicts)) for n, verdicts in said.items()}
    [disputed] = settled
    assert len(said[disputed]) == 2
    unsure = list(outcome.values()).count(Verdict.UNSURE)
    assert told["Reports screened by people"] == len(said) - unsure
    assert told["Reports excluded by people"] == list(outcome.values()).count(Verdict.EXCLUDE)
    assert told["Reports sought for retrieval"] == list(outcome.values()).count(Verdict.INCLUDE)
    chief.open("/edition")
    expect(chief.page.get_by_role("heading", level=1)).to_contain_text("edition 2")
    camera.take(chief.page, "edition", at="#flow")


def _look_around(chief: Keyboard, review: Review, camera: Camera) -> None:
    """A report that changed is put before people again; and the pages that no one came by."""
    review.run("import", _corrected(review))
    chief.open("/reopened")
    expect(chief.page.locator(".difference ins").first).to_contain_text("Corrected: 12 people")
    for path in ("reopened", "agreement", "protocol", "", "keys"):
        chief.open(f"/{path}")
        camera.take(chief.page, path or "status")
    chief.open("/duplicates?report=3")
    chief.page.get_by_role("link", name="Compare with the first").first.click()
    camera.take(chief.page, "duplicates")
    chief.page.get_by_role("button", name="Sign out").click()
    expect(chief.page.get_by_label("Password")).to_be_visible()
    camera.take(chief.page, "sign-in")


def _corrected(review: Review) -> Path:
    """The export of PubMed once more, with other words in a report that was decided on."""
    export = (EXAMPLE / "pubmed.nbib").read_text(encoding="utf-8")
    reports = review.ask(lambda session: find_reports(session, list(review.decisions("ana"))))
    pmid = next(r.pmid for r in reports.values() if f"PMID- {r.pmid}\n" in export)
    before, mark, after = export.partition(f"PMID- {pmid}\n")
    changed = before + mark + after.replace("AB  - ", f"AB  - {CORRECTION} ", 1)
    file = review.home.parent / "corrected.nbib"
    file.write_text(changed, encoding="utf-8")
    return file


def _read(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8-sig", newline="") as opened:
        return list(csv.DictReader(opened))
