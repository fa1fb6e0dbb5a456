"""Ctrl-C in the middle of a statement leaves no lock behind."""

from __future__ import annotations

from pathlib import Path

import pytest

from review.store.session import open_store

ADD = "INSERT INTO reviewer (name, role, added_at) VALUES (?, 'reviewer', '2026-01-01 00:00:00')"


class _CtrlC:
    """A value at which somebody presses Ctrl-C."""

    def __conform__(self, protocol: object) -> str:
        raise KeyboardInterrupt


# While the interruption is looked at, a run must be closed as failed in the same file.
def test_another_session_can_write_at_once(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'review.db'}")
    with pytest.raises(KeyboardInterrupt) as stopped, store.session() as session:
        session.connection.exec_driver_sql(ADD, [("ana",), (_CtrlC(),)])
    with store.session() as session:
        session.connection.exec_driver_sql(ADD, [("ben",)])
        session.commit()
        names = session.connection.exec_driver_sql("SELECT name FROM reviewer").scalars().all()
    assert names == ["ben"]
    assert stopped.traceback
    store.close()
