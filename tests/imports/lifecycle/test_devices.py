"""Lists of devices: those of Intune, Jamf, Fleet and osquery as they are, read as facts."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from scanner_app.domain.imports.devices import name_other
from scanner_app.domain.imports.known_files import recognise_file
from scanner_app.models import Asset, DeviceFact
from scanner_app.services.imports.cells import BadCell
from scanner_app.services.imports.dates import DateOrder
from scanner_app.services.imports.kinds.devices.moments import parse_moment
from scanner_app.storage.database import reading

INTUNE = (
    "Device ID,Device name,Managed by,Last check-in,OS,OS version,Compliance,Serial number,"
    "Manufacturer,Model,Total storage,Free storage,Encrypted,SkuFamily,Primary user UPN,JoinType\n"
    "1,PC-1,Intune,2026-10-05 08:10:00.0000000,Windows,10.0.26100.4652,Compliant,SN-1,Dell,"
    "Latitude,243712,121856,True,Enterprise,ana@example.org,azureADJoined\n"
    "2,PC-2,Intune,2026-10-05 08:10:00.0000000,Windows,10.0.22631.1,InGracePeriod,SN-9,Dell,,,,"
    "False,,,\n"
)
JAMF = (
    "Computer Name,Serial Number,Last Check-in,Operating System,FileVault 2 Status,"
    "Total RAM MB,Drive Capacity MB,Boot Drive Percentage Full,Firewall Enabled,Model,"
    "Total Number of Cores,Gatekeeper\n"
    "Mac-1,SN-2,2026-10-05T08:10:00Z,14.5,Boot Partitions Encrypted,16384,500000,37%,Yes,"
    "MacBook Pro,8,App Store\n"
)
FLEET = (
    "created_at,updated_at,id,detail_updated_at,seen_time,hostname,uuid,platform,osquery_version,"
    "os_version,memory,cpu_physical_cores,hardware_serial,gigs_disk_space_available,"
    "percent_disk_space_available,gigs_total_disk_space,issues,status\n"
    "2026-01-01T00:00:00Z,2026-01-01T00:00:00Z,1,2026-10-05T08:10:00Z,2026-10-05T08:10:00Z,foo,"
    "a4fc,ubuntu,5.9.1,Ubuntu 22.04,17179869184,8,SN-3,220.5,44,500,0,online\n"
)
OSQUERY = (
    "hostname|hardware_serial|physical_memory|cpu_brand|cpu_physical_cores|version|cycle_count|"
    "designed_capacity|max_capacity\n"
    "box|SN-4|8589934592|Xeon|4|12.6|310|5000|4100\n"
)
READ = {
    "intune": (INTUNE, "LT-1", {
        "os": "Windows", "os_version": "10.0.26100.4652", "edition": "Enterprise",
        "compliant": "yes", "encrypted": "yes", "disk_free_percent": "50",
        "x_jointype": "azureADJoined", "last_seen_at": "2026-10-05T08:10:00+00:00",
    }),
    "jamf": (JAMF, "LT-2", {
        "os_version": "14.5", "encrypted": "yes", "memory_bytes": str(2**34),
        "disk_bytes": str(500000 * 2**20), "disk_free_percent": "63", "firewall_on": "yes",
        "cores": "8", "x_gatekeeper": "App Store",
    }),
    "fleet": (FLEET, "LT-3", {
        "os": "ubuntu", "os_version": "Ubuntu 22.04", "memory_bytes": "17179869184",
        "disk_free_percent": "44", "disk_bytes": "500000000000", "cores": "8",
        "x_gigs_disk_space_available": "220.5", "x_osquery_version": "5.9.1",
    }),
    "osquery": (OSQUERY, "LT-4", {
        "os_version": "12.6", "memory_bytes": "8589934592", "battery_percent": "82",
        "battery_cycles": "310", "cores": "4", "x_cpu_brand": "Xeon",
    }),
}  # fmt: skip


@pytest.fixture
def assets(importer):
    importer.take(
        "assets", "Asset Tag,Serial\nLT-1,SN-1\nLT-2,SN-2\nLT-3,SN-3\nLT-4,SN-4\nTW-1,T\nTW-2,T\n"
    )


def facts(app, tag: str) -> dict[str, tuple[str, str]]:
    with app.app_context(), reading() as session:
        rows = session.execute(
            select(DeviceFact.name, DeviceFact.value, DeviceFact.source)
            .join(Asset, Asset.id == DeviceFact.asset_id)
            .where(Asset.asset_tag == tag)
            .order_by(DeviceFact.observed_at)
        )
        return {name: (value, source) for name, value, source in rows}


@pytest.mark.either_database
@pytest.mark.usefixtures("assets")
class TestLists:
    @pytest.mark.parametrize("source", READ)
    def test_are_read_as_they_are_and_twice_is_once(self, app, importer, source):
        text, tag, expected = READ[source]
        separator = "|" if "|" in text else ","
        known = recognise_file(text.split("\n", 1)[0].split(separator))
        assert known.kind == "devices"
        run = importer.take("devices", text)

        found = facts(app, tag)
        assert {name: found.get(name, ("",))[0] for name in expected} == expected
        assert {one for _value, one in found.values()} == {source}
        assert not any("ana@" in value or value == "foo" for value, _source in found.values())
        assert run.created_count == 1

        again = importer.check("devices", text)
        assert (again.created_count, again.changed_count, again.refused_count) == (0, 0, 0)

    def test_an_unknown_device_is_told_and_not_registered(self, app, importer):
        run = importer.take("devices", INTUNE)

        [row] = importer.rows(run, "left")
        assert "no asset has the serial number 'SN-9'" in " ".join(row.notes)
        with app.app_context(), reading() as session:
            assert len(session.scalars(select(Asset.id)).all()) == 6

    def test_a_word_that_says_it_not_plainly_is_kept_and_told(self, app, importer):
        run = importer.take("devices", INTUNE.replace("SN-9", "SN-2"))

        row = next(one for one in importer.rows(run) if one.row_number == 3)
        assert "Compliant 'InGracePeriod' does not say it plainly" in " ".join(row.notes)
        assert facts(app, "LT-2")["x_compliant"][0] == "InGracePeriod"

    def test_a_number_that_cannot_be_is_told_and_stops_nothing(self, app, importer):
        text = "\n".join(
            (
                "hostname,hardware_serial,Total storage,designed_capacity,max_capacity",
                f"a,SN-1,{'9' * 30} GB,1,{'9' * 40}",
                "b,SN-2,500 GB,5000,4100",
            )
        )
        run = importer.take("devices", text)

        assert "battery_percent" not in facts(app, "LT-1")
        assert facts(app, "LT-2")["battery_percent"][0] == "82"
        row = next(one for one in importer.rows(run) if one.row_number == 2)
        assert "more than it can" in " ".join(row.notes)

    def test_one_serial_of_two_assets_or_two_rows_is_refused(self, importer):
        run = importer.check(
            "devices", "Serial,Encrypted\nT,yes\nSN-1,yes\nsn-1,no\n,yes\nSN-2,yes\n"
        )

        reasons = importer.reasons(run)
        assert "2 assets have the serial number 'T' (TW-1, TW-2)" in reasons[2]
        assert "more than once in the file" in reasons[3]
        assert "more than once in the file" in reasons[4]
        assert run.left_count == 1
        assert run.created_count == 1

    def test_what_is_older_than_ours_is_left(self, app, importer):
        importer.take("devices", JAMF)

        older = importer.check("devices", JAMF.replace("10-05", "10-04").replace("14.5", "14.4"))

        assert older.changed_count == 0
        importer.take("devices", JAMF.replace("10-05", "10-06").replace("14.5", "14.6"))
        assert facts(app, "LT-2")["os_version"][0] == "14.6"

    def test_a_list_may_still_be_read_as_assets(self, importer):
        run = importer.check("assets", "Device name,Last check-in,OS version,Tag\nA,,10,N-1\n")

        assert run.created_count == 1


@pytest.mark.parametrize(
    ("text", "when"),
    [
        ("2026-10-05 08:10:00.0000000", "2026-10-05T08:10"),
        ("2026-10-05T08:10:00Z", "2026-10-05T08:10"),
        ("2026-10-05T08:10:00+02:00", "2026-10-05T06:10"),
        ("10/5/2026, 12:10:33 AM", "2026-10-05T00:10"),
        ("2026-10-05 at 3:10 PM", "2026-10-05T15:10"),
        ("2026-10-05", "2026-10-05T12:00"),
    ],
)
def test_moments(text, when):
    found = parse_moment(text, DateOrder.MDY)

    assert found.replace(second=0) == datetime.fromisoformat(when).replace(tzinfo=UTC)


def test_no_moments():
    assert parse_moment("0000-00-00", None) is None
    with pytest.raises(BadCell, match="not a time"):
        parse_moment("2026-10-05 25:00", None)


def test_names_of_other_columns_are_names_of_facts():
    assert name_other("Wi-Fi MAC") == "x_wi_fi_mac"
    assert name_other("802.1X") == "x_c_802_1x"
    assert len(name_other("a" * 100)) <= 40
