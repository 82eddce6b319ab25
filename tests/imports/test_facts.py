"""The rows of facts: every kind, state and verdict has one, and the documentation prints them."""

from __future__ import annotations

from pathlib import Path

import pytest

from scanner_app.domain.imports import FACTS, ImportKind
from scanner_app.domain.imports.columns import count_known, match_headers
from scanner_app.domain.imports.runs import STATES, VERDICTS, RunNotes, RunState, Verdict
from scanner_app.models import ImportRun
from scanner_app.services.imports.kinds import KINDS

PAGE = (Path(__file__).parents[2] / "docs" / "import.md").read_text()


@pytest.mark.parametrize("kind", ImportKind)
class TestKinds:
    def test_every_kind_has_facts_and_a_planner(self, kind):
        assert kind in FACTS
        assert kind in KINDS

    def test_the_documentation_names_what_a_row_means(self, kind):
        facts = FACTS[kind]

        assert f"| {kind} | {facts.row_means} | {facts.known_by} |" in PAGE

    def test_required_columns_are_columns_of_the_kind(self, kind):
        names = {target.name for target in FACTS[kind].targets}

        assert all(name in names for group in FACTS[kind].required for name in group)

    def test_every_header_of_our_export_has_a_meaning(self, kind):
        headers = FACTS[kind].export_headers

        assert count_known(kind, headers) == len(headers)
        assert all(match_headers(kind, headers))

    def test_no_name_means_two_columns(self, kind):
        names = [name for target in FACTS[kind].targets for name in target.names]

        assert len(names) == len(set(names))


class TestStatesAndVerdicts:
    def test_every_state_and_verdict_has_a_row(self):
        assert set(STATES) == set(RunState)
        assert set(VERDICTS) == set(Verdict)

    def test_every_verdict_is_counted_in_a_column_of_the_run(self):
        assert all(hasattr(ImportRun, facts.column) for facts in VERDICTS.values())


class TestRunNotes:
    def test_reads_back_what_it_wrote(self):
        notes = RunNotes(names=("Asset Tag",), attempts=2, to_make={"places": {"k": ["A", "a"]}})

        assert RunNotes.from_json(notes.as_json()) == notes

    def test_ignores_keys_of_older_versions(self):
        assert RunNotes.from_json({"actor": "user:1", "rows": 3}) == RunNotes()
