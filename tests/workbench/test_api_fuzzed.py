"""Whatever a program sends, the workbench answers as its description says, and never breaks."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from review.reviewers import Role
from review.store.decisions import keep_reviewer
from review.store.reviewers import find_reviewer, keep_role
from review.store.session import open_store
from workbench.api.description import describe
from workbench.app import create_app
from workbench.tokens import make_token

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
MODES = (schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE)
# What is there, so that not every address leads nowhere.
KNOWN = {
    "theme": "financial_arrangements",
    "other_theme": "psw_training",
    "name": "cem",
    "readers": ["ben", "cem"],
    "standing": "",
    "answers": {"informal": "met"},
    "themes": {"financial_arrangements": "barrier"},
    "instead": None,
    "outcome": "include",
    "seen": "d-ana d-ben",
    "password": "three blue herons fly",
}


@pytest.fixture
def app(
    disputed_review: Any, changed_review: Any, doubtful_review: Any, now: datetime
) -> Iterator[FastAPI]:
    """A review with conflicts, changed reports and doubtful pairs, where people sign in."""
    assert disputed_review is changed_review is doubtful_review
    store = open_store(disputed_review.settings.database)
    with store.session() as session:
        for role in (Role.GUEST, Role.REVIEWER, Role.MAINTAINER):
            keep_reviewer(session, f"one-{role}", role, now)
        session.commit()
    store.close()
    made = create_app(disputed_review.settings, None)
    yield made
    made.state.desk.store.close()


def _headers(app: FastAPI, role: Role) -> dict[str, str]:
    with app.state.desk.store.session() as session:
        keep_role(session, f"one-{role}", role)
        session.commit()
        person = find_reviewer(session, f"one-{role}")
    assert person is not None
    token = make_token(app.state.secret, person, datetime.now(UTC))
    return {"Authorization": f"Bearer {token}"}


# Every operation, with what its description allows and with what it does not, as a person of each
# role: no answer says that the server broke, and each has a status and a shape that are described.
@pytest.mark.parametrize("role", [Role.MAINTAINER, Role.REVIEWER, Role.GUEST])
def test_every_operation_keeps_to_its_description(app: FastAPI, role: Role) -> None:
    headers = _headers(app, role)
    # Who asks is not to be made up: that is tried where roles are.
    described = {name: part for name, part in describe(app).items() if name != "security"}
    schema = schemathesis.openapi.from_dict(described)
    answered: set[int] = set()
    operations = 0
    for found in schema.get_all_operations():
        operation = found.ok()
        operations += 1
        if role is not Role.MAINTAINER and operations % 3 != list(Role).index(role) % 3:
            continue
        for mode in MODES:
            _try(app, operation, mode, headers, answered)
    assert operations > 40
    assert {200, 422} <= answered if role is Role.MAINTAINER else {403, 422} & answered


def _try(
    app: FastAPI, operation: Any, mode: Any, headers: dict[str, str], answered: set[int]
) -> None:
    @settings(
        max_examples=15,
        derandomize=True,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode), near=st.sampled_from((0, 1, 0, 2, 3)))
    def ask(case: Any, near: int) -> None:
        if near:
            _aim(case, near)
        answer = case.call(headers=headers, app=app, base_url="http://localhost")
        answered.add(answer.status_code)
        case.validate_response(answer, checks=CHECKS, headers=headers)

    try:
        ask()
    except Unsatisfiable:
        # Where nothing is asked for, nothing can be wrong.
        assert mode is MODES[1] and not operation.definition.raw.get("parameters")


def _aim(case: Any, near: int) -> None:
    """Put what is there in the place of some of what was made up."""
    numbers = [name for name, value in case.path_parameters.items() if isinstance(value, int)]
    case.path_parameters.update({name: near + n for n, name in enumerate(numbers)})
    if isinstance(case.body, dict):
        for name in KNOWN.keys() & case.body.keys():
            if near % 2:
                case.body[name] = KNOWN[name]
