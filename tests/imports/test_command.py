"""`scanner-app import`: what it prints, what it changes, and how it ends."""

from __future__ import annotations

from contextlib import contextmanager

import pytest
from click.testing import CliRunner
from sqlalchemy import func, select

from scanner_app.cli import imports as command
from scanner_app.cli.context import open_app
from scanner_app.cli.imports import import_command
from scanner_app.models import Asset, ImportRun, Location
from scanner_app.storage.database import db
from tests.imports.files import SNIPE_SAMPLE, write

pytestmark = pytest.mark.either_database


@pytest.fixture
def run(database, tmp_path, monkeypatch):
    monkeypatch.setenv("SCANNER_DATABASE_URL", database)
    monkeypatch.setenv("SCANNER_INSTANCE_DIR", str(tmp_path / "instance"))
    monkeypatch.setenv("SCANNER_LOG_LEVEL", "ERROR")

    @contextmanager
    def open_and_close():
        # A command's process ends with it; here its connections would outlive it.
        with open_app() as app:
            try:
                yield app
            finally:
                db.session.remove()
                db.engine.dispose()

    monkeypatch.setattr(command, "open_app", open_and_close)

    def invoke(kind: str, text: str, *options: str):
        path = write(tmp_path / "in.csv", text)
        return CliRunner().invoke(import_command, [kind, str(path), *options])

    return invoke


def count(work, table) -> int:
    with work() as session:
        return session.scalar(select(func.count()).select_from(table))


class TestImportCommand:
    def test_imports_and_prints_the_counts(self, run, work):
        done = run("assets", "Asset Tag,Name\nA1,x\nA2,y\n")

        assert done.exit_code == 0
        assert "2 created, 0 changed, 0 left as they are, 0 refused" in done.stdout
        assert count(work, Asset) == 2

    def test_dry_run_prints_rows_and_keeps_nothing(self, run, work, tmp_path):
        run("assets", "Asset Tag,Name\nA1,x\n")

        done = run("assets", "Asset Tag,Name,Location\nA1,new [b]name[/b],\nA2,y,\n", "--dry-run")

        assert done.exit_code == 0
        assert "row 2  changed  A1  Asset Name: x -> new [b]name[/b]" in done.stdout
        assert "row 3  created  A2" in done.stdout
        assert count(work, Asset) == 1
        with work() as session:
            states = session.scalars(select(ImportRun.state).order_by(ImportRun.id)).all()
            assert states == ["applied", "cancelled"]

    @pytest.mark.parametrize("option", [["--dry-run"], []])
    def test_exits_with_1_if_a_row_is_refused(self, run, work, option):
        done = run("assets", "Asset Tag,Location\nA1,\nA2,Nowhere\n", *option)

        assert done.exit_code == 1
        assert "row 3  refused  A2  Location: no location" in done.stdout
        assert count(work, Asset) == 0

    def test_leaves_refused_rows_out_if_chosen(self, run, work):
        done = run("assets", "Asset Tag,Location\nA1,\nA2,Nowhere\n", "--leave-out-refused")

        assert done.exit_code == 0
        assert count(work, Asset) == 1

    def test_adds_locations_if_chosen_and_always_for_snipe(self, run, work):
        asked = run("assets", "Asset Tag,Location\nA1,Lab\n", "--make-places")
        snipe = run("assets", SNIPE_SAMPLE)
        held_back = run("assets", SNIPE_SAMPLE.replace("Room 102", "Room 9"), "--no-make-places")

        assert (asked.exit_code, snipe.exit_code, held_back.exit_code) == (0, 0, 1)
        assert count(work, Location) == 3

    def test_names_the_option_for_each_open_question(self, run, work):
        columns = run("assets", "Inv,Was\n1,x\n")
        dates = run("assets", "Asset Tag,Purchase Date\nA1,3/4/24\n")
        statuses = run("assets", "Asset Tag,Status\nA1,Spare\n")

        assert [r.exit_code for r in (columns, dates, statuses)] == [1, 1, 1]
        assert "--column" in columns.stderr
        assert "--date-order" in dates.stderr
        assert "--status" in statuses.stderr
        assert run("assets", "Inv,Was\n1,x\n", "--column", "Inv=asset_tag").exit_code == 0
        assert (
            run("assets", "Asset Tag,Purchase Date\nA1,3/4/24\n", "--date-order", "dmy").exit_code
            == 0
        )
        assert (
            run("assets", "Asset Tag,Status\nA1,Spare\n", "--status", "Spare=in_stock").exit_code
            == 0
        )

    def test_refuses_options_that_name_unknown_columns_or_statuses(self, run):
        for option in (
            ("--column", "Nope=asset_tag"),
            ("--column", "Name=nothing"),
            ("--column", "x"),
            ("--status", "Spare=somewhere"),
        ):
            assert run("assets", "Asset Tag,Name\nA1,x\n", *option).exit_code == 2

    def test_tells_what_becomes_of_columns(self, run):
        done = run("assets", "Asset Tag,Asset Number,City\nA1,7,Berlin\n")

        assert "another column has their meaning: Asset Number." in done.stdout
        assert "Left out, although rows have values there: City." in done.stdout

    def test_asks_for_the_encoding_of_a_region(self, run, tmp_path):
        path = tmp_path / "pl.csv"
        path.write_bytes("Asset Tag,Name\nA1,Łódź\n".encode("cp1250"))

        asked = CliRunner().invoke(import_command, ["assets", str(path)])
        told = CliRunner().invoke(
            import_command, ["assets", str(path), "--dry-run", "--encoding", "cp1250"]
        )

        assert (asked.exit_code, told.exit_code) == (1, 0)
        assert "cp1250: Łódź" in asked.stderr
        assert "Asset Name: Łódź" in told.stdout

    def test_a_second_import_has_nothing_to_do(self, run):
        run("people", "Number,Name\nE1,Ana\n")

        done = run("people", "Number,Name\nE1,Ana\n")

        assert done.exit_code == 0
        assert "already holds all of this" in done.stdout
