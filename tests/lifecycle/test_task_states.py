"""The states of tasks, written out by hand, and the items of a checklist."""

from __future__ import annotations

import pytest

from scanner_app.domain.lifecycle.tasks import (
    TASK_KINDS,
    TASK_STATES,
    TaskKind,
    TaskState,
    can_step,
    read_number,
    write_number,
)

# By kind and state: what it may become. From the design of tasks.
TABLE = """
deployment  planned
deployment  open       done cancelled
deployment  waiting
deployment  done
deployment  cancelled
maintenance planned    open cancelled
maintenance open       waiting done cancelled
maintenance waiting    open done cancelled
maintenance done
maintenance cancelled
retirement  planned
retirement  open       done cancelled
retirement  waiting
retirement  done
retirement  cancelled
follow_up   planned
follow_up   open       done cancelled
follow_up   waiting
follow_up   done
follow_up   cancelled
delivery    planned
delivery    open
delivery    waiting
delivery    done
delivery    cancelled
"""
ROWS = {
    (kind, state): set(after) for kind, state, *after in map(str.split, TABLE.strip().splitlines())
}


class TestSteps:
    @pytest.mark.parametrize("wanted", list(TaskState))
    @pytest.mark.parametrize(("kind", "state"), ROWS)
    def test_are_those_of_the_written_table(self, kind, state, wanted):
        assert can_step(TaskKind(kind), TaskState(state), wanted) == (
            wanted.value in ROWS[kind, state]
        )

    def test_have_a_row_for_each_kind_and_state(self):
        assert {(k.value, s.value) for k in TaskKind for s in TaskState} == set(ROWS)
        assert set(TASK_KINDS) == set(TaskKind)
        assert set(TASK_STATES) == set(TaskState)


class TestNumbers:
    @pytest.mark.parametrize("text", ["M12", " m12 "])
    def test_are_read_as_they_are_written(self, text):
        assert read_number(text) == (TaskKind.MAINTENANCE, 12)
        assert write_number(TaskKind.MAINTENANCE, 12) == "M12"

    @pytest.mark.parametrize("text", ["", "12", "X12", "M", "M12x", "M1234567890"])
    def test_are_refused_if_they_are_none(self, text):
        assert read_number(text) is None
