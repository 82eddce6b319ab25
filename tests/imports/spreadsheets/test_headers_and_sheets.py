"""Spreadsheets whose headers, sheets and encodings are not plain, each with its file."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from scanner_app.domain.errors import Invalid
from scanner_app.domain.register.lifecycle import Stage
from scanner_app.models import Asset, Location
from scanner_app.services.files.tables.encoding import find_encoding
from tests.imports.spreadsheets.steps import DATA, find, notes, tags

pytestmark = pytest.mark.either_database


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
