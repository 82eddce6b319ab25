"""Spreadsheets as they are: what the register must not believe, each with the file that showed it."""

from __future__ import annotations

import csv
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from scanner_app.domain.errors import Invalid
from scanner_app.domain.register.lifecycle import Stage
from scanner_app.models import Asset, Custody, Identifier, Location, Person
from scanner_app.queries.register import exports
from scanner_app.queries.register.assets import AssetFilter
from scanner_app.services.files.tables.encoding import find_encoding
from scanner_app.services.register.fields import clean_fields
from scanner_app.storage.database import reading

DATA = Path(__file__).parent / "data"
NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def client_export(app, tmp_path):
    """Return a function that writes the export of a kind, and returns its path."""

    def export(kind: str) -> Path:
        with app.app_context(), reading() as session:
            if kind == "people":
                headers, made = list(exports.PEOPLE_HEADERS), list(exports.stream_people(session))
            else:
                headers, custom = exports.asset_headers(session)
                made = list(exports.stream_assets(session, wanted=AssetFilter(), custom=custom))
        path = tmp_path / f"{kind}-export.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([headers, *made])
        return path

    return export


def find(session, tag: str) -> Asset:
    return session.scalars(select(Asset).where(Asset.asset_tag == tag)).one()


def tags(work) -> list[str]:
    with work() as session:
        return sorted(session.scalars(select(Asset.asset_tag)))


def notes(importer, run) -> dict[str, str]:
    return {row.label: " | ".join(row.notes) for row in importer.rows(run)}


class TestTwoHeadersForOneField:
    def test_status_is_not_the_state_of_an_address(self, importer, work):
        importer.take(
            "assets",
            DATA / "R02-report-with-address-blank-state.csv",
            statuses={"archived (archived)": "retired", "lost/stolen (undeployable)": "missing"},
        )

        with work() as session:
            assert find(session, "SB-1").status is Stage.RETIRED
            assert find(session, "SB-2").status is Stage.MISSING
            assert find(session, "SB-4").status is Stage.IN_USE

    def test_a_state_asks_nothing_beside_a_status(self, importer):
        run = importer.check("assets", DATA / "R02-report-with-address-US.csv")

        assert run.refused_count == 0
        assert "State" in run.notes.dropped

    def test_a_job_title_is_no_name(self, importer, work):
        importer.take("assets", DATA / "R02-report-job-title-becomes-name.csv")

        with work() as session:
            assert find(session, "SF-1").name == ""

    def test_the_own_name_of_a_field_comes_before_other_names(self, importer, work):
        run = importer.take("assets", DATA / "R02-asset-number-beats-asset-tag.csv")

        assert run.notes.kept_beside == ("Asset Number",)
        with work() as session:
            assert find(session, "IT-1001").custom == {"Asset Number": "1001"}

    @pytest.mark.parametrize(
        ("name", "kept"),
        [("R02-room-lost.csv", {"Room": "LON-101", "Building": "London"}),
         ("R02-service-tag-lost.csv", {"Service Tag": "ST-9"})],
    )  # fmt: skip
    def test_a_second_column_is_kept_under_its_own_name(self, importer, work, name, kept):
        importer.take("assets", DATA / name, make_places=True)

        with work() as session:
            assert session.scalars(select(Asset)).one().custom == kept

    def test_two_columns_of_equal_right_are_asked_about(self, importer):
        with pytest.raises(Invalid) as caught:
            importer.check("assets", DATA / "R02-owner-lost.csv")

        assert "'User' and 'Owner'" in caught.value.errors["columns"][0]

    def test_a_second_column_without_values_asks_nothing(self, importer):
        assert importer.check("assets", "Asset Tag,User,Owner\nA1,,\n").refused_count == 0

    def test_two_custom_columns_of_one_name_are_both_kept(self, importer, work):
        importer.take("assets", "Asset Tag,RAM,RAM\nA1,8,16\n")

        with work() as session:
            assert find(session, "A1").custom == {"RAM": "8", "RAM (2)": "16"}


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


class TestEncodings:
    @pytest.mark.parametrize(
        ("name", "encoding", "words"),
        [
            ("cp1250-pl", "cp1250", "Wózek źródło"), ("cp1250", "cp1250", "Kancelářský"),
            ("cp1251", "cp1251", "Ноутбук"), ("cp850", "cp850", "Gerät für Büro"),
            ("gb", "gb18030", "笔记本电脑"), ("mac", "mac-roman", "Café déjà"),
            ("sjis", "cp932", "ノートパソコン"), ("tr", "cp1254", "Dizüstü"),
        ],
    )  # fmt: skip
    def test_what_may_be_of_several_regions_is_asked_about(self, importer, name, encoding, words):
        path = DATA / f"R04-enc-{name}.csv"

        with pytest.raises(Invalid) as caught:
            importer.check("assets", path, make_places=True)

        assert "encoding" in caught.value.errors
        assert words in find_encoding(path).choices[encoding]
        assert importer.check(
            "assets", path, make_places=True, make_people=True, encoding=encoding
        ).created_count

    @pytest.mark.parametrize(
        "text", ["Käthes Gerät €", "Señor Núñez", "Malmö Skåp Ångström", "São Paulo, informações",
                 "20 m² – 3°", "Büro “A”"],
    )  # fmt: skip
    def test_words_of_western_languages_ask_nothing(self, tmp_path, text):
        (tmp_path / "a.csv").write_bytes(f"Asset Tag,Name\nA1,{text}\n".encode("cp1252"))

        assert find_encoding(tmp_path / "a.csv").choices == {}

    @pytest.mark.parametrize(
        ("text", "encoding"),
        [("Erdős", "cp1250"), ("cană", "cp1250"), ("Łódź", "cp1250"), ("Müller", "mac-roman"),
         ("Schröder", "mac-roman"), ("Ğış", "cp1254"), ("Αθήνα", "cp1253"), ("Привет", "koi8-r"),
         ("Привет", "cp866"), ("서울", "cp949"), ("台北", "cp950"), ("Šiauliai", "cp1257"),
         ("אבג", "cp1255"), ("مرحبا", "cp1256"), ("ไทย", "cp874"), ("Zürich", "cp850")],
    )  # fmt: skip
    def test_offers_the_encoding_of_the_region(self, tmp_path, text, encoding):
        (tmp_path / "a.csv").write_bytes(f"Asset Tag,Name\nA1,{text}\n".encode(encoding))

        assert text in find_encoding(tmp_path / "a.csv").choices[encoding]


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


class TestSheets:
    def test_a_merged_cell_stands_in_each_row(self, importer, work):
        importer.take("assets", DATA / "R15-merged.xlsx", make_places=True)

        with work() as session:
            names = session.execute(
                select(Asset.asset_tag, Location.name).join(
                    Location, Location.id == Asset.location_id
                )
            ).all()
        assert dict(map(tuple, names)) == {
            "MG-1": "Room 101", "MG-2": "Room 101", "MG-3": "Room 101", "MG-4": "Room 102",
            "MG-5": "Room 102",
        }  # fmt: skip

    @pytest.mark.parametrize(
        ("name", "tag"),
        [("title-rows.csv", "TR-1"), ("title.xlsx", "TT-1"), ("cover-sheet.xlsx", "TS-1")],
    )
    def test_finds_the_row_and_sheet_that_name_the_columns(self, importer, work, name, tag):
        importer.take("assets", DATA / f"R16-{name}", make_places=True)

        assert tags(work) == [tag]


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


class TestWarnings:
    def test_tell_what_may_be_wrong(self, importer):
        run = importer.check(
            "assets",
            "Asset Tag,Name,Serial,Status,Purchase Date,EOL Date\n"
            "A1,=HYPERLINK(x),S1,In use,2024-01-01,2023-01-01\nA2,x,S1,,,\n",
        )

        said = notes(importer, run)
        for words in ("begins like a formula", "nobody is named", "before the purchase"):
            assert words in said["A1"]
        assert "row 2 has the same serial" in said["A2"]
