"""What a row says of an asset that the register knows: holders, deletions, namesakes, models."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from scanner_app.domain.register.lifecycle import Stage
from scanner_app.models import Asset, Custody, Person
from tests.imports.spreadsheets.steps import DATA, NOW, find, notes, tags

pytestmark = pytest.mark.either_database


class TestHolders:
    @pytest.fixture
    def held(self, importer):
        importer.take("people", "Number,Name\nP1,Ada\n")
        importer.take(
            "assets",
            "Asset Tag,Status,Checked Out To\nCI-1,In use,P1\nCI-2,In use,P1\nCI-4,In use,P1\n",
        )
        return importer

    def test_what_is_in_stock_or_retired_is_held_by_nobody(self, held, work):
        run = held.take("assets", DATA / "R03-check-in-by-import.csv")

        assert "gives it back" in notes(held, run)["CI-1"]
        with work() as session:
            assert [find(session, tag).custodian_id for tag in ("CI-1", "CI-2", "CI-4")] == [
                None
            ] * 3
            assert find(session, "CI-4").status is Stage.RETIRED
            assert session.scalars(select(Custody).where(Custody.ended_at.is_(None))).all() == []

    def test_a_holder_of_what_nobody_can_hold_is_refused(self, held):
        run = held.check("assets", DATA / "R03-holders-before.csv", make_places=True)

        reasons = held.reasons(run)
        assert set(reasons) == {4, 6}
        assert "Retired means that nobody has the asset, but the row names Ada" in reasons[4]

    def test_a_person_alone_makes_an_asset_in_stock_in_use(self, held, work):
        held.take("assets", "Asset Tag\nCI-9\n")
        held.take("assets", "Asset Tag,Checked Out To\nCI-9,P1\n")

        with work() as session:
            assert find(session, "CI-9").status is Stage.IN_USE


class TestDeletedElsewhere:
    def test_a_deleted_row_is_left_out_and_what_is_lent_keeps_its_day(self, importer, work):
        run = importer.take("assets", DATA / "R08-deleted-and-expected-checkin.csv")

        assert "SB-3" not in tags(work)
        assert "deleted in the other register" in notes(importer, run)["SB-3"]
        with work() as session:
            assert find(session, "SB-4").due_at.date().isoformat() == "2026-12-31"

    @pytest.mark.parametrize("text", ["0", "no", "false", "", "-", "N/A", "0000-00-00 00:00:00"])
    def test_a_row_that_is_not_deleted_is_taken(self, importer, text):
        assert importer.check("assets", f"Asset Tag,Deleted\nA1,{text}\n").created_count == 1

    def test_archived_and_disposed_columns_count(self, importer, work):
        importer.take(
            "assets", "Asset Tag,Archived,Disposal Date\nA1,true,\nA2,,2024-01-01\nA3,false,\n"
        )

        with work() as session:
            stages = [find(session, tag).status for tag in ("A1", "A2", "A3")]
        assert stages == [Stage.RETIRED, Stage.DISPOSED, Stage.IN_STOCK]

    @pytest.mark.parametrize(
        ("kind", "text"),
        [("people", "Number,Name,Deleted\nE1,Ana,2024-01-01\n"),
         ("locations", "Code,Name,Deleted\nL1,Lab,2024-01-01\n")],
    )  # fmt: skip
    def test_people_and_locations_too(self, importer, kind, text):
        assert importer.check(kind, text).left_count == 1


class TestNamesakes:
    def test_an_export_of_namesakes_changes_nothing(self, importer, work, client_export):
        importer.take("people", "Name,Badges\nMaria Gil,MG-B1\nMaria Gil,MG-B2\n")
        importer.take("assets", DATA / "R12-namesakes.csv")
        importer.take("assets", "Asset Tag,Checked Out To\nTWN-1,MG-B1\nTWN-2,MG-B2\n")

        for kind in ("people", "assets"):
            run = importer.check(kind, client_export(kind))
            assert (run.refused_count, run.changes_nothing) == (0, True), importer.rows(run)

    def test_namesakes_without_any_number_come_back(self, importer, work, client_export):
        with work() as session:
            session.add_all(
                Person(name="Maria Gil", is_active=True, search="", created_at=NOW, updated_at=NOW)
                for _ in range(2)
            )

        run = importer.check("people", client_export("people"))

        assert (run.refused_count, run.changes_nothing) == (0, True), importer.rows(run)


class TestModels:
    @pytest.mark.parametrize("name", ["first", "last"])
    def test_a_blank_number_is_a_model_without_one_in_any_order(self, importer, work, name):
        importer.take("assets", DATA / f"R14-model-number-blank-{name}.csv")

        with work() as session:
            models = {asset.asset_tag: asset.model_id for asset in session.scalars(select(Asset))}
        assert len(set(models.values())) == 3
