"""The traps that sibling packages set, each of which has been stepped into before."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ROOMS = ("review", "identification", "screening", "extraction", "reporting", "workbench")


def test_the_six_rooms_are_the_packages() -> None:
    assert sorted(p.parent.name for p in (ROOT / "src").glob("*/__init__.py")) == sorted(ROOMS)


def test_no_flow_is_named_like_a_room() -> None:
    # Prefect puts flows/ first on sys.path: flows/screening.py would shadow the room.
    assert not {p.stem for p in (ROOT / "flows").glob("*.py")} & set(ROOMS)


def test_no_test_folder_is_a_package() -> None:
    # tests/screening/__init__.py would shadow the room.
    assert list((ROOT / "tests").rglob("__init__.py")) == []
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert "--import-mode=importlib" in settings["tool"]["pytest"]["ini_options"]["addopts"]


def test_models_and_data_hold_no_code() -> None:
    assert [p for room in ("models", "data") for p in (ROOT / room).rglob("*.py")] == []


def test_every_module_says_what_it_is_for() -> None:
    modules = [p for folder in ("src", "flows") for p in (ROOT / folder).rglob("*.py")]
    assert modules
    assert [str(p) for p in modules if not p.read_text().startswith('"""')] == []


def test_no_module_has_grown_into_two() -> None:
    modules = [p for folder in ("src", "flows") for p in (ROOT / folder).rglob("*.py")]
    generated = "migrations/versions"
    long = [
        str(p) for p in modules if generated not in str(p) and len(p.read_text().splitlines()) > 400
    ]
    assert long == []


def test_every_dependency_is_justified_and_pinned() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    names = {re.split(r"[\[<>=]", d)[0] for d in settings["project"]["dependencies"]}
    table = (ROOT / "ARCHITECTURE.md").read_text().split("## Dependencies", 1)[1]
    assert {name for name in names if not re.search(rf"\b{re.escape(name)}\b", table)} == set()
    pinned = (ROOT / "constraints.txt").read_text().lower()
    assert {name for name in names if f"\n{name.lower()}==" not in pinned} == set()
