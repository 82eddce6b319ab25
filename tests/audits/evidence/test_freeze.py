"""The population is frozen in words: what the register says later changes no audit and no report."""

from __future__ import annotations

import csv
import io
import zipfile

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from scanner_app.domain.audits.sampling.population import PopulationRow, hash_population
from tests.audits.steps import START, close, find, open_audit, reject_all, scan
from tests.support.register import add_asset, add_location

VECTOR = "f2e4c5d9d50d8464b1b43fd93c4de3d6f3f5eade8aae374ed8bfcfa1074deafa"


def table_of(api, audit: int) -> list[dict[str, str]]:
    shown = api.get(f"/audits/{audit}/report.csv").get_data(as_text=True).lstrip("\ufeff")
    lines = shown.splitlines()
    return list(csv.DictReader(io.StringIO("\n".join(lines[lines[0].startswith("sep=") :]))))


def rename_everything(api, work) -> None:
    """Change the words of the office: tag, name, serial, category, value, place and person."""
    changes = {
        "asset_tag": "RENAMED-1", "name": "Other", "serial_number": "S-NEW", "category": "Toys",
        "purchase_cost": "7.00", "currency": "USD", "status": "in_maintenance",
    }  # fmt: skip
    assert api.patch("/assets/A-1", json=changes).status_code == 200
    with work() as session:
        for table, words in (("location", "code name full_name"), ("person", "number name")):
            changed = ", ".join(f"{word} = {word} || ' new'" for word in words.split())
            session.execute(text(f"UPDATE {table} SET {changed}"))


@pytest.mark.usefixtures("office")
class TestFreeze:
    def test_keeps_the_words_of_the_moment_in_findings_report_and_hash(self, api, work, admin):
        audit = open_audit(api)
        before = api.get(f"/audits/{audit}/report.json").json
        shown = api.get(f"/audits/{audit}").json["population"]["sha256"]
        rename_everything(api, work)

        after = api.get(f"/audits/{audit}/report.json").json

        assert after["population"] == before["population"]
        assert after["population"]["sha256"] == shown
        assert after["accuracy_by"] == before["accuracy_by"]
        assert after["by_currency"] == before["by_currency"]
        assert after["findings"] == before["findings"]
        page = admin.get(f"/audits/{audit}").text
        assert shown[:8] in page
        api.post(f"/audits/{audit}/reconciliation")
        listed = admin.get(f"/audits/{audit}").text
        assert "Its tag is <bdi>RENAMED-1</bdi> by now." in listed
        assert 'href="/assets/RENAMED-1"' in listed

    def test_has_the_hash_that_anyone_can_compute_from_the_findings(self, api):
        audit = open_audit(api)
        report = api.get(f"/audits/{audit}/report.json").json

        rows = [
            PopulationRow(
                f["asset_tag"], f["recorded_location"] or "", f["recorded_custodian"] or "",
                f["recorded_status"] or "", f["value_cents"], f["currency"] or "",
            )
            for f in report["findings"]
            if f["expected"]
        ]  # fmt: skip
        assert report["population"]["count"] == len(rows) == 6
        assert report["population"]["sha256"] == hash_population(rows)

    def test_refuses_every_change_of_a_member(self, api, work):
        open_audit(api)

        for statement in (
            "UPDATE audit_member SET asset_tag = 'x'",
            "UPDATE audit_member SET value_cents = 1",
            "DELETE FROM audit_member",
        ):
            with pytest.raises(DBAPIError, match="cannot be changed"), work() as session:
                session.execute(text(statement))

    def test_of_a_closed_audit_lasts_in_every_form_and_on_its_page(self, api, work, admin):
        audit = open_audit(api)
        scan(api, "B-1", audit, "R-1")
        scan(api, "FAR-1", audit)
        api.post(f"/audits/{audit}/reconciliation")
        reject_all(api, audit)
        close(api, audit)
        before = table_of(api, audit)
        files = {f: api.get(f"/audits/{audit}/report.{f}").data for f in ("csv", "xlsx", "pdf")}
        items = api.get(f"/audits/{audit}/findings").json["items"]
        rename_everything(api, work)
        api.patch("/assets/FAR-1", json={"asset_tag": "RENAMED-2"})

        after = {f: api.get(f"/audits/{audit}/report.{f}").data for f in ("csv", "xlsx", "pdf")}

        assert after["csv"] == files["csv"]
        assert after["pdf"] == files["pdf"]
        assert read_cells(after["xlsx"]) == read_cells(files["xlsx"])
        seal = api.get(f"/audits/{audit}/report.json").json["seal"]["sha256"]
        assert {row["Sealed SHA-256"] for row in before} == {seal}
        now = api.get(f"/audits/{audit}/findings").json["items"]
        assert [one["asset"] for one in now] == [one["asset"] for one in items]
        page = admin.get(f"/audits/{audit}").text
        assert "FAR-1" in page
        assert ">RENAMED-2<" not in page

    def test_tables_of_a_sealed_report_say_what_they_said_before(self, api):
        audit = open_audit(api)
        scan(api, "B-1", audit, "R-1", custodian="1002")
        scan(api, "A-1", None, "R-2")
        api.post(f"/audits/{audit}/reconciliation")
        reject_all(api, audit)
        before = table_of(api, audit)
        close(api, audit)

        after = table_of(api, audit)

        assert [{k: v for k, v in row.items() if k != "Sealed SHA-256"} for row in after] == before


def read_cells(workbook: bytes) -> list[bytes]:
    with zipfile.ZipFile(io.BytesIO(workbook)) as parts:
        return [parts.read(name) for name in sorted(parts.namelist()) if "worksheets" in name]


@pytest.mark.parametrize("database_kind", ["sqlite"])
class TestHash:
    def test_is_that_of_the_written_vector(self, api, work, now):
        with work() as session:
            place = add_location(session, "BER-101", "Room 101", now=now)
            for n in range(1, 13):
                cost = 900_000 if n == 12 else 100_000 + 1000 * (n - 1)
                add_asset(session, f"LT-{n:04}", location=place, cost=cost, now=now)
            session.execute(text("UPDATE asset SET status = 'in_use', currency = 'EUR'"))

        audit = open_audit(api, scope={"locations": ["BER-101"]})

        assert api.get(f"/audits/{audit}").json["population"]["sha256"] == VECTOR
        acts = api.get(f"/audits/{audit}/acts").json["items"]
        [frozen] = [act for act in acts if act["kind"] == "frozen"]
        assert frozen["about"]["population"] == {"count": 12, "sha256": VECTOR}


@pytest.mark.parametrize("database_kind", ["sqlite"])
class TestValues:
    @pytest.fixture
    def audit(self, api, work) -> int:
        """Three assets of 100 EUR; one of 20,000 JPY, which is missing; two without a value."""
        with work() as session:
            place = add_location(session, "R-9", "Room 9", now=START)
            for n in range(3):
                add_asset(session, f"E-{n}", location=place, cost=100_00, now=START)
            add_asset(session, "J-0", location=place, cost=20_000_00, now=START)
            for n in range(2):
                add_asset(session, f"N-{n}", location=place, now=START)
            session.execute(text("UPDATE asset SET currency = 'EUR' WHERE asset_tag LIKE 'E-%'"))
            session.execute(text("UPDATE asset SET currency = 'JPY' WHERE asset_tag LIKE 'J-%'"))
        audit = open_audit(api, scope={"locations": ["R-9"]})
        for tag in ("E-0", "E-1", "E-2", "N-0", "N-1"):
            scan(api, tag, audit, "R-9")
        return audit

    def test_are_told_for_each_currency_and_never_added(self, api, audit, admin):
        shown = api.get(f"/audits/{audit}").json
        report = api.get(f"/audits/{audit}/report.json").json

        assert shown["by_currency"] == report["by_currency"]
        assert [(v["currency"], v["expected_cents"], v["existence"]) for v in shown["by_currency"]] == [
            ("EUR", 300_00, 1.0), ("JPY", 20_000_00, 0.0),
        ]  # fmt: skip
        assert shown["no_value"] == report["no_value"] == 2
        assert shown["accuracy"]["existence_by_value"] is None
        assert shown["accuracy"]["location_accuracy_by_value"] is None
        assert report["accuracy_by"]["location"]["R-9"]["existence_by_value"] is None
        by_tag = {f["asset_tag"]: f["currency"] for f in report["findings"]}
        assert (by_tag["E-0"], by_tag["J-0"], by_tag["N-0"]) == ("EUR", "JPY", None)
        api.post(f"/audits/{audit}/reconciliation")
        reject_all(api, audit)
        close(api, audit)
        page = " ".join(admin.get(f"/audits/{audit}").text.split())
        assert "<strong>EUR</strong> 100.0&nbsp;%" in page
        assert "<strong>JPY</strong> 0.0&nbsp;%" in page
        assert "No value recorded: 2" in page
        assert api.get(f"/audits/{audit}/report.pdf").status_code == 200

    def test_of_one_currency_are_one_figure(self, api, audit):
        one = open_audit(api, scope={"locations": ["R-9"], "statuses": ["in_stock"]})
        api.patch("/assets/J-0", json={"currency": "EUR"})
        two = open_audit(api, scope={"locations": ["R-9"]})
        for number in (one, two):
            scan(api, "J-0", number, "R-9")

        assert api.get(f"/audits/{one}").json["accuracy"]["existence_by_value"] is None
        figure = api.get(f"/audits/{two}").json["accuracy"]["existence_by_value"]
        assert figure == round(20_000 / 20_300, 6)
        assert find(api, two, "J-0")["state"] == "verified"
