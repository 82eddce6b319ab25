"""Words, rows and cells as people write them who have kept their list by hand."""

from __future__ import annotations

import pytest
import xlsxwriter
from sqlalchemy import select

from scanner_app.domain.imports import ImportKind
from scanner_app.models import Asset, Location
from scanner_app.services.files.tables.encoding import find_encoding
from scanner_app.services.imports.mapping import inspect_file
from tests.imports.spreadsheets.steps import find, tags

pytestmark = pytest.mark.either_database

HEADERS = {
    "Bought": "purchase_date", "Bought on": "purchase_date", "Date of purchase": "purchase_date",
    "Acquired": "purchase_date", "Paid": "purchase_cost", "Unit price": "purchase_cost",
    "Asset ID": "asset_tag", "Tag #": "asset_tag", "Inventory no.": "asset_tag",
    "Item": "name", "Device": "name", "Serial #": "serial_number", "Make": "manufacturer",
    "Where": "location", "Office": "location", "Used by": "custodian", "Given to": "custodian",
    "Who has it": "custodian", "Bought from": "supplier", "Shop": "supplier", "Remarks": "notes",
}  # fmt: skip


class TestHeaders:
    @pytest.mark.parametrize("header", HEADERS)
    def test_of_every_day_are_understood(self, tmp_path, header):
        (tmp_path / "a.csv").write_text(f"{header},Other\nx,y\n")

        found = inspect_file(
            tmp_path / "a.csv", ImportKind.ASSETS, statuses={}, max_rows=100
        ).mapping.columns

        assert found[0] == HEADERS[header]

    def test_the_exact_name_is_the_field_beside_an_everyday_word(self, importer, work):
        importer.take("assets", "Asset ID,Asset Tag,Item,Name\n7,A1,Laptop,Ada's\n")

        with work() as session:
            asset = find(session, "A1")
            assert (asset.name, asset.custom) == ("Ada's", {"Asset ID": "7", "Item": "Laptop"})


class TestRows:
    @pytest.mark.parametrize(
        "row", ["A2,Desk, large", "A2,x,y,z", 'A2,"x",,,,9', "A2,1,299,90", "A2,x,,,,,,,late"]
    )
    def test_with_more_cells_than_the_header_are_refused(self, importer, row):
        run = importer.check("assets", f"Asset Tag,Name\nA1,x\n{row}\nA3,y,,,\n")

        reasons = importer.reasons(run)
        assert set(reasons) == {3}
        assert "more cells than the header" in reasons[3]
        assert "quotation marks" in reasons[3]

    @pytest.mark.parametrize(
        "tag",
        ["ohne Nummer", "kein Etikett", "sans étiquette", "sin etiqueta", "senza etichetta",
         "zonder label", "sem etiqueta", "bez numeru", "brak", "нет", "без номера", "なし", "无",
         "없음", "puuttuu", "mangler", "saknas", "n/v", "keiner", "etiketsiz", "yok", "žádný"],
    )  # fmt: skip
    def test_without_a_tag_in_other_languages_are_refused(self, importer, tag):
        assert importer.check("assets", f"Asset Tag,Name\n{tag},x\n").refused_count == 1

    @pytest.mark.parametrize(
        "text",
        ["Gesamtsumme: 12", "Total général", "Totale", "Razem", "Итого:", "Всего 15", "合計",
         "小计", "합계", "Összesen", "Celkem:", "Summa", "Toplam", "Σύνολο", "الإجمالي", 'סה"כ',
         "TOTAL (3)", "Number of items: 3", "Total geral"],
    )  # fmt: skip
    def test_that_add_up_are_no_assets(self, importer, text):
        quoted = '"' + text.replace('"', '""') + '"'
        assert importer.check("assets", f"Asset Tag,Cost\n{quoted},12\n").refused_count == 1

    @pytest.mark.parametrize("tag", ["SUM-1", "TOTAL-7", "N-A-1", "NO1", "YOK-1", "Σ1", "無1"])
    def test_whose_tag_only_begins_like_that_are_taken(self, importer, tag):
        assert importer.check("assets", f"Asset Tag,Name\n{tag},x\n").created_count == 1


class TestEncodings:
    @pytest.mark.parametrize(
        ("text", "encoding"),
        [
            ("Słuchawki Gdańsk", "cp1250"), ("Ноутбук Москва", "cp1251"),
            ("Φορητός υπολογιστής", "cp1253"), ("Dizüstü İstanbul", "cp1254"),
            ("מחשב נייד", "cp1255"), ("حاسوب محمول", "cp1256"), ("Klēpjdators Rīga", "cp1257"),
            ("เครื่องพิมพ์", "cp874"), ("笔记本电脑", "gb18030"), ("筆記型電腦", "big5"),
            ("노트북 컴퓨터", "euc-kr"), ("ノートパソコン", "shift_jis"), ("Gerät für Büro", "mac-roman"),
            ("Ноутбук Київ", "mac-cyrillic"), ("ノートパソコン", "euc-jp"), ("Ноутбук", "koi8-u"),
        ],
    )  # fmt: skip
    def test_of_the_world_are_never_taken_silently_for_another(self, tmp_path, text, encoding):
        path = tmp_path / "a.csv"
        path.write_bytes(f"Asset Tag,Name\nA1,{text}\n".encode(encoding))

        found = find_encoding(path)

        assert any(text in sample for sample in found.choices.values()), found

    @pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-16", "utf-8-sig"])
    def test_of_unicode_are_found_out(self, importer, work, tmp_path, encoding):
        path = tmp_path / "a.csv"
        path.write_bytes("Asset Tag,Name\nA1,Wózek 台北\n".encode(encoding))

        importer.take("assets", path)

        with work() as session:
            assert find(session, "A1").name == "Wózek 台北"


class TestWorkbooks:
    def test_cells_merged_over_rows_and_columns(self, importer, work, tmp_path):
        path = tmp_path / "a.xlsx"
        with xlsxwriter.Workbook(path) as book:
            sheet = book.add_worksheet()
            sheet.merge_range("A1:D1", "Equipment list 2026")
            sheet.write_row("A2", ["Asset Tag", "Name", "Location", "Notes"])
            for at in range(4):
                sheet.write(at + 2, 0, f"M{at + 1}")
            sheet.merge_range("C3:C4", "Room 1")
            sheet.merge_range("C5:D6", "Room 2")
            sheet.merge_range("A8:D8", "Total: 4")

        run = importer.check("assets", path, make_places=True)

        assert list(importer.reasons(run)) == [8]
        importer.apply(run, leave_out_refused=True)
        with work() as session:
            rows = session.execute(
                select(Asset.asset_tag, Location.name, Asset.notes).join(
                    Location, Location.id == Asset.location_id
                )
            ).all()
        assert sorted(map(tuple, rows)) == [
            ("M1", "Room 1", None), ("M2", "Room 1", None),
            ("M3", "Room 2", None), ("M4", "Room 2", None),
        ]  # fmt: skip

    def test_a_row_of_groups_above_the_header(self, importer, work, tmp_path):
        path = tmp_path / "a.xlsx"
        with xlsxwriter.Workbook(path) as book:
            sheet = book.add_worksheet()
            sheet.merge_range("A1:B1", "Asset")
            sheet.merge_range("C1:D1", "Purchase")
            sheet.write_row("A2", ["Tag", "Serial", "Date", "Cost"])
            sheet.write_row("A3", ["G1", "S1", "2024-03-17", "12.50"])

        importer.take("assets", path)

        with work() as session:
            assert find(session, "G1").purchase_cost_cents == 1250
        assert tags(work) == ["G1"]
