"""Downloads: complete, filtered, and imported again without any change."""

from __future__ import annotations

import csv
import io
from datetime import date
from pathlib import Path

import pytest

from scanner_app.domain.register.change_kinds import ChangeKind
from scanner_app.domain.register.lifecycle import Stage
from scanner_app.services.register.locations import create_location
from scanner_app.services.register.model_names import find_or_make_category, find_or_make_model
from scanner_app.services.register.people import create_person
from scanner_app.services.register.plan import AssetDraft
from scanner_app.services.register.write import create_assets
from tests.conftest import NOW
from tests.imports.conftest import Importer

pytestmark = pytest.mark.either_database


def draft_laptop(model: int, room: int, ana: int) -> AssetDraft:
    """Return an asset that has every field and several codes."""
    return AssetDraft(
        {
            "asset_tag": "LT-1",
            "name": "=HYPERLINK(1)",
            "serial_number": "0001",
            "model_id": model,
            "status": Stage.IN_USE,
            "location_id": room,
            "home_location_id": room,
            "custodian_id": ana,
            "purchase_date": date(2024, 2, 29),
            "purchase_cost_cents": 129990,
            "currency": "EUR",
            "supplier": "@shop",
            "order_number": "-7",
            "warranty_months": 36,
            "eol_date": date(2028, 2, 29),
            "notes": 'two\nlines, "quoted"; and more',
            "custom": {"Colour": "grey", "Floor": "3"},
        },
        [("epc", "3034257BF7194E4000001A85"), ("alias", "OLD 1"), ("tag", "LT-1-B")],
    )


@pytest.fixture
def office(work):
    """Everything that an export has to hold, nasty text too."""
    with work() as session:
        create_location(session, name="=Site", code="HQ", kind="site", now=NOW)
        room = create_location(session, name="Room, 1", code="R-1", parent="HQ", now=NOW)
        ana = create_person(
            session,
            values={
                "name": 'Ana "A" Lima',
                "number": "0012",
                "email": "ana@example.org",
                "username": "alima",
                "department": "+IT",
                "badges": ["B-1", "B-2"],
            },
            now=NOW,
        )
        nobody = create_person(session, values={"name": "Only Name"}, now=NOW)
        category = find_or_make_category(session, "Laptops")
        model = find_or_make_model(
            session,
            name="ThinkPad",
            manufacturer="Lenovo",
            model_number="20W0",
            like=None,
            category_id=category,
        )
        drafts = [
            draft_laptop(model, room, ana),
            AssetDraft({"asset_tag": "LT-2", "status": Stage.RETIRED, "category_id": category}),
            AssetDraft({"asset_tag": "LT-3", "custodian_id": nobody, "status": Stage.IN_USE}),
            AssetDraft({"asset_tag": "=1+1", "custom": {"Colour": "'=x"}}),
        ]
        drafts += [AssetDraft({"asset_tag": f"N-{n:04d}"}) for n in range(1100)]
        create_assets(session, drafts=drafts, kind=ChangeKind.CREATED, actor="test", now=NOW)


def read(response) -> list[dict[str, str]]:
    assert response.status_code == 200
    response.close()  # the file behind it
    return list(csv.DictReader(io.StringIO(response.get_data().decode(), newline="")))


class TestExportAssets:
    def test_contains_every_asset_once_with_every_field(self, admin, office):
        response = admin.get("/exports/assets.csv", buffered=True)

        rows = {row["Asset Tag"]: row for row in read(response)}
        assert len(rows) == 1104
        assert rows["LT-1"] == {
            "Asset Tag": "LT-1",
            "Asset Name": "'=HYPERLINK(1)",
            "Serial": "0001",
            "Model": "ThinkPad",
            "Model No.": "20W0",
            "Category": "Laptops",
            "Manufacturer": "Lenovo",
            "Status": "in_use",
            "Location": "R-1",
            "Default Location": "R-1",
            "Checked Out To": "0012",
            "Purchase Date": "2024-02-29",
            "Purchase Cost": "1299.90",
            "Currency": "EUR",
            "Supplier": "'@shop",
            "Order Number": "'-7",
            "Warranty": "36",
            "EOL Date": "2028-02-29",
            "Notes": 'two\nlines, "quoted"; and more',
            "Identifiers": "epc:3034257BF7194E4000001A85 alias:OLD 1 tag:LT-1-B",
            "Colour": "grey",
            "Floor": "3",
        }
        assert rows["LT-3"]["Checked Out To"] == "Only Name"
        assert "attachment" in response.headers["Content-Disposition"]

    def test_follows_the_filters_of_the_list(self, admin, office):
        rows = read(admin.get("/exports/assets.csv?q=lt-&status=in_use", buffered=True))

        assert [row["Asset Tag"] for row in rows] == ["LT-1", "LT-3"]

    def test_an_unknown_list_or_format_is_not_found(self, admin):
        assert admin.get("/exports/assets.pdf").status_code == 404
        assert admin.get("/exports/users.csv").status_code == 404


class TestRoundTrip:
    @pytest.mark.parametrize("ending", ["csv", "xlsx"])
    def test_importing_an_export_changes_nothing(self, app, admin, office, tmp_path, ending):
        importer = Importer(app, tmp_path, tmp_path / "instance")

        for kind in ("locations", "people", "assets"):
            file = Path(tmp_path / f"{kind}.{ending}")
            file.write_bytes(admin.get(f"/exports/{kind}.{ending}", buffered=True).get_data())
            run = importer.check(kind, file)

            changed = [
                (row.label, row.changes, row.reasons)
                for row in importer.rows(run)
                if row.verdict != "left"
            ]
            assert changed == []
            assert run.left_count > 1
