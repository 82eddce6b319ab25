"""The sealer of the log: a job that runs by itself, as often as the settings say."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from scanner_app.domain.jobs import JOB_KINDS, JobKind
from scanner_app.domain.seals.leaves import Tree
from scanner_app.edge.state import app_state
from scanner_app.queries.seals.log import load_size
from scanner_app.services.jobs.queue import schedule
from scanner_app.storage.database import reading
from scanner_app.worker.run_jobs import drain
from tests.seals.test_log import post

pytestmark = pytest.mark.either_database


@pytest.mark.parametrize(("seconds", "sealed"), [(20, 3), (0, 0)])
def test_seals_what_was_recorded_unless_it_is_switched_off(app, api, work, seconds, sealed):
    state = app_state(app)
    state.settings = replace(state.settings, log_seconds=seconds)
    post(api, 3)
    with work() as session:
        schedule(session, now=datetime.now(UTC))
    later = datetime.now(UTC) + timedelta(minutes=1, seconds=1)
    drain(app, clock=lambda: later)

    with app.app_context(), reading() as session:
        assert load_size(session, Tree.SCANS) == sealed
    # Looked for again after so many seconds, or after its turn when it is switched off.
    pause = timedelta(seconds=seconds or 60)
    assert drain(app, clock=lambda: later + pause) >= 1
    assert JOB_KINDS[JobKind.SEAL_LOG].every == timedelta(minutes=1)
