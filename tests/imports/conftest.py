"""An importer that uses the same functions as the web worker and the command line."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask

from scanner_app.domain.imports import ImportKind
from scanner_app.queries.imports import runs as queries
from scanner_app.services.imports import files, life
from scanner_app.services.imports.mapping import check_mapping, inspect_file
from scanner_app.services.imports.status_names import load_status_names
from scanner_app.storage.database import reading, unit_of_work
from tests.imports.files import write
from tests.support.jobs import run_waiting


@dataclass
class Importer:
    app: Flask
    folder: Path
    instance: Path

    def check(self, kind: str, text: str | Path, **choices) -> queries.RunView:
        """Upload a text (or a file), keep the suggested columns, and run the dry run."""
        path = write(self.folder / "in.csv", text) if isinstance(text, str) else text
        with self.app.app_context():
            with path.open("rb") as file:
                sha256 = files.keep_file(file, self.instance, max_bytes=10**9)
            with reading() as session:
                names = load_status_names(session)
            kept = files.file_path(self.instance, sha256)
            found = inspect_file(kept, ImportKind(kind), statuses=names, max_rows=200_000)
            if choices:
                from dataclasses import replace

                mapping = replace(found.mapping, **choices)
                found = inspect_file(
                    kept, ImportKind(kind), statuses=names, max_rows=200_000, mapping=mapping
                )
            check_mapping(ImportKind(kind), found.table.headers, found.mapping, found.profile)
            with unit_of_work() as session:
                run_id = life.add_run(
                    session,
                    kind=ImportKind(kind),
                    filename="in.csv",
                    sha256=sha256,
                    inspection=found,
                    created_by="Alice",
                    actor="user:1",
                    now=datetime.now(UTC),
                )
                life.ask_check(session, run_id=run_id, now=datetime.now(UTC))
        run_waiting(self.app)
        return self.find(run_id)

    def apply(self, run: queries.RunView, *, leave_out_refused: bool = False) -> queries.RunView:
        with self.app.app_context(), unit_of_work() as session:
            life.ask_apply(
                session,
                run_id=run.id,
                leave_out_refused=leave_out_refused,
                now=datetime.now(UTC),
            )
        run_waiting(self.app)
        return self.find(run.id)

    def take(self, kind: str, text: str | Path, **choices) -> queries.RunView:
        """Check and apply; the run must end applied."""
        run = self.check(kind, text, **choices)
        assert run.refused_count == 0, self.rows(run, "refused")
        run = self.apply(run)
        assert run.state == "applied", run.error
        return run

    def find(self, run_id: int) -> queries.RunView:
        with self.app.app_context(), reading() as session:
            return queries.find_run(session, run_id)

    def rows(self, run: queries.RunView, verdict: str | None = None) -> list[queries.RowView]:
        with self.app.app_context(), reading() as session:
            return list(queries.list_rows(session, run.id, verdict=verdict, limit=1000).rows)

    def reasons(self, run: queries.RunView) -> dict[int, str]:
        return {row.row_number: " | ".join(row.reasons) for row in self.rows(run, "refused")}


@pytest.fixture
def importer(app, tmp_path) -> Importer:
    return Importer(app, tmp_path, tmp_path / "instance")
