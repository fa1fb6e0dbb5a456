"""The README's session is true, word for word."""

from __future__ import annotations

import doctest
import json
import re
import shlex
from pathlib import Path

import pytest

from review.settings import CHECKOUT
from workbench.cli import cli, main

README = (CHECKOUT / "README.md").read_text(encoding="utf-8")


def _session() -> list[tuple[str, str]]:
    """Command and expected output of every step of the console blocks."""
    blocks = re.findall(r"```console\n(.*?)```", README, re.DOTALL)
    steps = [step for block in blocks for step in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]]
    return [(command, expected) for command, _, expected in (s.partition("\n") for s in steps)]


@pytest.mark.slow
def test_the_session_of_the_readme_is_true(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LIVING_REVIEW_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("LIVING_REVIEW_DATABASE", raising=False)
    (tmp_path / "data").symlink_to(CHECKOUT / "data")
    monkeypatch.chdir(tmp_path)
    steps = _session()
    assert len(steps) >= 9
    for command, expected in steps:
        program, *arguments = shlex.split(command)
        assert program == "living-review"
        monkeypatch.setattr("sys.argv", [program, *arguments])
        main()
        printed = capsys.readouterr().out
        checker = doctest.OutputChecker()
        assert checker.check_output(expected.strip() + "\n", printed, doctest.ELLIPSIS), (
            f"$ {command}\n{printed}"
        )


@pytest.mark.parametrize("verb", list(cli.commands))
def test_every_verb_stands_in_the_readme(verb: str) -> None:
    assert re.search(rf"\b{verb}\b", README)


def test_the_readme_points_at_files_that_are_there() -> None:
    links = re.findall(r"\]\(([^)#:]+)\)", README)
    assert links
    assert [link for link in links if not (CHECKOUT / link).exists()] == []


def test_every_setting_of_the_readme_is_one_the_program_reads() -> None:
    settings = (CHECKOUT / "src/review/settings.py").read_text(encoding="utf-8")
    named = set(re.findall(r"LIVING_REVIEW_[A-Z_]+\b", README)) - {"LIVING_REVIEW_CHECKOUT"}
    assert named
    per_source = {"LIVING_REVIEW_PUBMED_KEY"}  # put together from the source's name
    assert [name for name in named - per_source if name not in settings] == []


def test_the_figures_of_the_readme_are_those_of_the_models() -> None:
    screening = json.loads((CHECKOUT / "models/screening/1/metrics.json").read_text())["figures"]
    extraction = json.loads((CHECKOUT / "models/extraction/1/metrics.json").read_text())
    told = [
        *(
            (f"{f['mean']:.2f} ({f['low']:.2f} to {f['high']:.2f})", key)
            for key, f in screening.items()
            if key in ("include_recall", "specificity", "exclusion_macro_f1", "evidence_in_three")
        ),
        *(
            (f"{extraction[task][key]:.2f} ({low:.2f} to {high:.2f})", key)
            for task, key in (
                ("themes", "macro_f1"),
                ("themes", "recall_at_3"),
                ("themes", "gate_auc"),
                ("direction", "accuracy"),
            )
            for low, high in [extraction[task]["intervals"][key]]
        ),
    ]
    assert len(told) == 8
    assert [key for figure, key in told if figure not in README] == []
