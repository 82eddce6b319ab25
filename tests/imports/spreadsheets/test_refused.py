"""Refused rows: skipped by one button, corrected in place, or downloaded with all their reasons."""

from __future__ import annotations

import csv
import io

import pytest

from scanner_app.models import Asset
from tests.imports.test_pages import count, number_of, upload, wait

pytestmark = pytest.mark.either_database

__all__ = ["wait"]

CSV = "Asset Tag,Location,Purchase Date\nA1,,\nA2,Nowhere,soon\nA3,Nowhere,\n"


class TestRefusedRows:
    @pytest.fixture
    def run_id(self, admin, wait):
        run_id = number_of(upload(admin, CSV))
        admin.post(f"/imports/{run_id}/mapping", data={})
        wait()
        return run_id

    def test_one_button_imports_the_others(self, admin, run_id, work, wait):
        page = admin.get(f"/imports/{run_id}")

        assert "Import 1 row, skip 2" in page.text
        admin.post(f"/imports/{run_id}/application", data={"leave_out_refused": "1"})
        wait()
        assert count(work, Asset) == 1

    def test_an_apply_that_is_refused_stays_on_the_page(self, admin, run_id, work):
        answer = admin.post(f"/imports/{run_id}/application")

        assert answer.status_code == 409
        assert "Import 1 row, skip 2" in answer.text
        assert "2 rows are refused" in answer.text
        assert count(work, Asset) == 0

    def test_come_as_a_table_with_all_reasons(self, admin, run_id):
        answer = admin.get(f"/imports/{run_id}/refused.csv")

        rows = list(csv.reader(io.StringIO(answer.get_data().decode("utf-8-sig"))))
        assert rows[0][-1] == "Why it was refused"
        assert [row[0] for row in rows[1:]] == ["A2", "A3"]
        assert "no location" in rows[1][-1]
        assert "not a date" in rows[1][-1]

    def test_are_corrected_in_place(self, admin, run_id, work, wait):
        page = admin.get(f"/imports/{run_id}/refused")
        assert 'name="cell-3-1"' in page.text

        admin.post(
            f"/imports/{run_id}/refused",
            data={"cell-3-1": "", "was-3-1": "Nowhere", "cell-3-2": "2024-03-31", "was-3-2": "soon",
                  "cell-4-1": "", "was-4-1": "Nowhere"},
        )  # fmt: skip
        wait()
        admin.post(f"/imports/{run_id}/application")
        wait()

        assert count(work, Asset) == 3
