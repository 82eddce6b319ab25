"""Header rows of Snipe-IT's files, of our own exports, and of anything else."""

from __future__ import annotations

import pytest

from scanner_app.domain.imports import ImportKind
from scanner_app.domain.imports.columns import find_missing, is_from_snipe, match_headers
from scanner_app.domain.imports.kind import header_key
from tests.imports.files import SNIPE_LIST, SNIPE_REPORT, SNIPE_SAMPLE

OWN_ASSETS = (
    "Asset Tag,Asset Name,Serial,Model,Model No.,Category,Manufacturer,Status,Location,"
    "Default Location,Checked Out To,Purchase Date,Purchase Cost,Currency,Supplier,Order Number,"
    "Warranty,EOL Date,Notes,Identifiers,MAC address"
)


def match(kind: ImportKind, header_row: str) -> dict[str, str]:
    """Return the target of each header; of two equal headers, that of the first."""
    headers = header_row.splitlines()[0].split(",")
    matched: dict[str, str] = {}
    for header, target in zip(headers, match_headers(kind, headers), strict=True):
        matched.setdefault(header.replace("\ufeff", ""), target)
    return matched


class TestMatchHeaders:
    def test_knows_every_column_of_our_own_export(self):
        matched = match(ImportKind.ASSETS, OWN_ASSETS)

        assert list(matched.values()) == [
            "asset_tag", "name", "serial_number", "model", "model_number", "category",
            "manufacturer", "status", "location", "home_location", "custodian", "purchase_date",
            "purchase_cost", "currency", "supplier", "order_number", "warranty_months", "eol_date",
            "notes", "identifiers", "custom",
        ]  # fmt: skip

    def test_location_in_a_snipe_sample_is_the_home_location(self):
        matched = match(ImportKind.ASSETS, SNIPE_SAMPLE)

        assert matched["Location"] == "home_location"
        assert matched["Checked Out To: Location"] == "checkout_location"
        assert matched["Checked Out To: Username"] == "custodian_username"
        assert matched["Asset EOL Date"] == "eol_date"
        assert matched["Asset Notes"] == "notes"
        assert matched["Company"] == "custom"
        assert matched["Model Notes"] == ""

    def test_keeps_current_and_default_location_apart_in_a_snipe_export(self):
        matched = match(ImportKind.ASSETS, SNIPE_LIST)

        assert matched["Location"] == "location"
        assert matched["Default Location"] == "home_location"
        assert matched["ID"] == "snipe_id"
        assert matched["Purchased"] == "purchase_date"
        assert matched["Cost"] == "purchase_cost"
        assert matched["Employee Number"] == "custodian_number"
        assert matched["Age"] == ""
        assert matched["MAC"] == "custom"

    def test_leaves_out_the_second_of_two_columns_of_one_name(self):
        headers = SNIPE_REPORT.strip().split(",")

        matched = match_headers(ImportKind.ASSETS, headers)

        chosen = [target for target in matched if target not in {"", "custom"}]
        assert len(chosen) == len(set(chosen))
        assert dict(zip(headers, matched, strict=True))["Type"] == "checkout_type"
        assert dict(zip(headers, matched, strict=True))["Checked Out"] == "custodian"
        assert {target for h, target in zip(headers, matched, strict=True) if h == "City"} == {""}

    def test_knows_snipe_people_and_locations(self):
        people = match(
            ImportKind.PEOPLE,
            "First Name,Last Name,Email,Username,Activated,Location,Address,City,State,Country,"
            "Postal Code,Website,Phone,Job Title,Notes,Employee Number,Company,Manager",
        )
        places = match(
            ImportKind.LOCATIONS,
            "name,address,address2,city,state,country,zip,manager,manager username,currency",
        )

        assert {h: t for h, t in people.items() if t} == {
            "First Name": "first_name",
            "Last Name": "last_name",
            "Email": "email",
            "Username": "username",
            "Employee Number": "number",
        }
        assert {h: t for h, t in places.items() if t} == {"name": "name"}

    @pytest.mark.parametrize(
        "header",
        ["asset tag", "ASSET TAG", " Asset  Tag ", "asset_tag", "Asset-Tag", "\ufeffAsset Tag"],
    )
    def test_compares_headers_without_case_blanks_and_marks(self, header):
        assert match_headers(ImportKind.ASSETS, [header]) == ("asset_tag",)

    def test_leaves_unknown_columns_of_people_files_out(self):
        assert match_headers(ImportKind.PEOPLE, ["Name", "Shoe size"]) == ("name", "")

    def test_never_matches_a_blank_header(self):
        assert match_headers(ImportKind.ASSETS, ["Asset Tag", "", ""]) == ("asset_tag", "", "")


class TestFindMissing:
    def test_names_the_columns_that_a_file_needs(self):
        assert find_missing(ImportKind.ASSETS, ("name", "custom")) == ("Asset Tag",)
        assert find_missing(ImportKind.LOCATIONS, ("kind",)) == ("Code or Name",)
        assert find_missing(ImportKind.PEOPLE, ("first_name",)) == ()


class TestIsFromSnipe:
    def test_an_asset_tag_alone_is_not_enough(self):
        assert is_from_snipe(ImportKind.ASSETS, SNIPE_LIST.splitlines()[0].split(","))
        assert not is_from_snipe(ImportKind.ASSETS, OWN_ASSETS.split(","))
        assert not is_from_snipe(ImportKind.PEOPLE, SNIPE_LIST.splitlines()[0].split(","))


def test_header_key_ignores_blanks_around_a_colon():
    assert header_key("Checked Out To: Full Name") == header_key("checked out to : full name")
