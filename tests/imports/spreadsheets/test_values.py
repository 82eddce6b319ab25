"""Values that a spreadsheet writes in its own way: codes, dates, money, paths, placeholders."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from scanner_app.models import Asset, Identifier, Location
from scanner_app.services.register.fields import clean_fields
from tests.imports.spreadsheets.steps import DATA, find, tags

pytestmark = pytest.mark.either_database


class TestNumbersAsCodes:
    def test_a_code_is_what_the_cell_shows(self, importer, work):
        importer.take("assets", DATA / "R05-leading-zeros.xlsx")
        importer.take("assets", DATA / "R05-prefix-format.xlsx")

        assert tags(work) == ["000123", "004501", "IT-0042", "IT-0043"]
        with work() as session:
            assert find(session, "000123").serial_number == "007001"

    @pytest.mark.parametrize("name", ["R05-long-number.xlsx", "R05-scientific.csv"])
    def test_a_code_that_lost_digits_is_refused(self, importer, name):
        run = importer.check("assets", DATA / name)

        assert run.created_count == 0
        assert all("rounded number" in text for text in importer.reasons(run).values())

    @pytest.mark.parametrize(
        "text", ["8939010102358480000", "1,23457E+11", "1.23457e+11", "3.5E14"]
    )
    def test_other_spellings_of_lost_digits_are_refused(self, importer, text):
        run = importer.check("assets", f'Asset Tag,Serial\nA1,"{text}"\n')

        assert run.refused_count == 1

    @pytest.mark.parametrize("text", ["0012345678901234567", "356938035643809", "1E05", "12E4-7"])
    def test_codes_that_only_look_like_numbers_are_taken(self, importer, text):
        assert importer.check("assets", f"Asset Tag,Serial\nA1,{text}\n").created_count == 1

    def test_a_text_in_a_formula_is_the_text(self, importer, work):
        importer.take("assets", 'Asset Tag,Serial\n"=""000123""",="007"\n')

        assert tags(work) == ["000123"]


class TestNormalForm:
    def test_what_nobody_sees_is_not_part_of_a_serial(self, importer, work):
        importer.take("assets", DATA / "R09-invisible-in-serial.csv", make_places=True)

        with work() as session:
            serials = set(
                session.scalars(select(Identifier.value).where(Identifier.scheme == "serial"))
            )
        assert serials == {"C02XK1Z", "C02XK2Z", "C02XK5Z"}

    def test_composed_and_full_width_letters_make_one_tag(self, importer, work):
        importer.take("assets", DATA / "R09-nfd-and-fullwidth-tag.csv")
        run = importer.check("assets", "Asset Tag,Name\n\u00c9T-1,x\nET-2,y\n")

        assert tags(work) == ["ET-2", "\u00c9T-1"]
        assert run.created_count == 0

    def test_the_register_keeps_the_same_form(self):
        made = clean_fields(
            {"asset_tag": "E\u0301T-1", "serial_number": "\u200eC02\u200bXK7\uff3a"}
        )

        assert made == {"asset_tag": "\u00c9T-1", "serial_number": "C02XK7Z"}

    def test_a_location_is_not_made_twice(self, importer, work):
        importer.take("assets", DATA / "R09-zero-width-in-place.csv", make_places=True)

        with work() as session:
            assert session.scalars(select(Location.name)).all() == ["BR Room 1"]


class TestDates:
    @pytest.mark.parametrize(
        ("name", "wanted"),
        [
            ("R11-day-month-short-year.csv", ["2024-03-15", "2023-11-02"]),
            ("R11-months-of-other-languages.csv",
             ["2024-03-31", "2024-05-15", "2023-12-12", "2023-10-15", *["2024-03-31"] * 3]),
            ("R11-serial-number.csv", ["2024-03-31"]),
            ("R11-zero-dates.csv", ["2024-02-29", *[None] * 5]),
        ],
    )  # fmt: skip
    def test_are_read_as_spreadsheets_write_them(self, importer, work, name, wanted):
        importer.take("assets", DATA / name)

        with work() as session:
            dates = session.scalars(select(Asset.purchase_date).order_by(Asset.asset_tag)).all()
        assert [day and day.isoformat() for day in dates] == wanted

    def test_dates_and_costs_of_a_workbook(self, importer, work):
        importer.take("assets", DATA / "R11-R19-dates-and-costs.xlsx")

        with work() as session:
            first, third = find(session, "XD-1"), find(session, "XD-3")
            assert (first.purchase_cost_cents, first.purchase_date.isoformat()) == (
                43333, "2024-02-29",
            )  # fmt: skip
            assert third.purchase_date.isoformat() == "2024-03-31"


class TestMoney:
    def test_of_the_world(self, importer, work):
        run = importer.check("assets", DATA / "R19-money.csv")

        assert importer.reasons(run) == {7: "Purchase Cost '(120,00)' is below zero"}
        importer.apply(run, leave_out_refused=True)
        with work() as session:
            rows = session.execute(
                select(Asset.asset_tag, Asset.purchase_cost_cents, Asset.currency)
            ).all()
        assert {tuple(row) for row in rows} == {
            ("MO-1", 129990, "CZK"), ("MO-2", 129990, "BRL"), ("MO-3", 1250, "PLN"),
            ("MO-4", 12500000, "INR"), ("MO-5", 129990, None), ("MO-7", 129990, "CAD"),
            ("MO-8", None, None),
        }  # fmt: skip

    def test_parts_of_a_cent_are_rounded(self, importer, work):
        importer.take("assets", DATA / "R19-parts-of-a-cent.csv")

        with work() as session:
            assert find(session, "M3-1").purchase_cost_cents == 43333
            assert find(session, "M3-2").purchase_cost_cents == 129999


class TestPaths:
    def test_become_a_tree(self, importer, work):
        importer.take("assets", DATA / "R17-place-paths.csv", make_places=True)

        with work() as session:
            assert sorted(session.scalars(select(Location.full_name))) == [
                "New Site", "New Site / House A", "New Site / House A / Room 1",
                "New Site / House A / Room 2",
            ]  # fmt: skip

    def test_hang_below_what_exists(self, importer, work):
        importer.take("locations", "Code,Name\nHQ,Head Office\n")
        importer.take("assets", "Asset Tag,Location\nA1,Head Office > Floor 1 > Room 12\n",
                      make_places=True)  # fmt: skip

        with work() as session:
            assert sorted(session.scalars(select(Location.full_name))) == [
                "Head Office", "Head Office / Floor 1", "Head Office / Floor 1 / Room 12",
            ]  # fmt: skip

    def test_in_a_file_of_locations(self, importer, work):
        importer.take("locations", "Name\nEntity > B > C\nEntity\nEntity > B\n")

        with work() as session:
            assert sorted(session.scalars(select(Location.full_name))) == [
                "Entity", "Entity / B", "Entity / B / C",
            ]  # fmt: skip


class TestPlaceholders:
    @pytest.mark.parametrize(
        ("name", "refused"), [("placeholder-tags", {2, 3, 4, 5, 6}), ("total-row", {4})]
    )
    def test_are_no_tags(self, importer, name, refused):
        assert set(importer.reasons(importer.check("assets", DATA / f"R22-{name}.csv"))) == refused

    @pytest.mark.parametrize(
        "text", ["TBD", "n.a.", "-", "Grand Total", "Total:", "Summe", "not tagged", "NULL", "#N/A",
                 "unknown", "Total assets: 12", "no label", "итого"],
    )  # fmt: skip
    def test_other_words_too(self, importer, text):
        assert importer.check("assets", f"Asset Tag,Name\n{text},x\n").refused_count == 1

    def test_are_no_locations_people_or_serials(self, importer, work):
        importer.take(
            "assets",
            "Asset Tag,Serial,Location,Checked Out To,Model\nA1,N/A,none,unassigned,-\n",
            make_places=True,
            make_people=True,
        )

        with work() as session:
            asset = find(session, "A1")
            assert (asset.serial_number, asset.location_id, asset.custodian_id, asset.model_id) == (
                None, None, None, None,
            )  # fmt: skip
