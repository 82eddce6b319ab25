"""Checks of devices as rows: what they report is judged each day, waived, and shown."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from scanner_app.domain.policies.checks import CHECKS, Check, judge
from scanner_app.domain.policies.devices import DeviceSubject
from scanner_app.domain.policies.gates import Gate
from scanner_app.models import Asset, Policy, PolicyResult
from scanner_app.storage.database import reading
from scanner_app.worker.device_check.run import check_all
from tests.health.test_monitoring import NOW, TODAY, fleet

__all__ = ["fleet"]
DAY = timedelta(days=1)


def say(check: Check, params=None, **known) -> str:
    facts = known.pop("facts", {"os": "Windows"})
    return judge(check, DeviceSubject(TODAY, facts, **known), params or {}).state.value


class TestChecks:
    @pytest.mark.parametrize("check", [Check.ENCRYPTED, Check.ANTIVIRUS_ON, Check.FIREWALL_ON])
    def test_ask_for_a_yes(self, check):
        found = [say(check, facts={check.value: value}) for value in ("yes", "no")]
        assert [*found, say(check)] == ["pass", "fail", "unknown"]

    @pytest.mark.parametrize(
        ("check", "known", "days"),
        [(Check.SEEN_WITHIN, "contact_at", 30), (Check.PATCHED_WITHIN, "patched_on", 45),
         (Check.SIGHTED_WITHIN, "sighted_at", 365)],
    )  # fmt: skip
    def test_count_days(self, check, known, days):
        def ago(count: int) -> str:
            at = TODAY - count * DAY if known == "patched_on" else NOW - count * DAY
            return say(check, **{known: at})

        assert [ago(days), ago(days + 1), say(check)] == ["pass", "fail", "unknown"]

    def test_say_whether_support_has_ended(self):
        ended, coming = date(2026, 10, 13), date(2027, 10, 12)
        check = Check.OS_SUPPORTED
        assert say(check, release="Windows 11", ends_on=ended) == "fail"
        assert say(check, {"grace_days": 47}, release="Windows 11", ends_on=ended) == "pass"
        assert say(check, {"grace_days": 46}, release="Windows 11", ends_on=ended) == "fail"
        assert say(check, release="Windows 11 (E)", ends_on=coming) == "pass"
        assert say(check, release="macOS 14") == "pass"
        assert say(check, release="macOS 10.15", is_ended=True) == "fail"
        assert say(check) == "unknown"

    def test_say_what_is_exploited(self):
        check, day = Check.NOT_KNOWN_EXPLOITED, date(2026, 11, 20)
        assert say(check, unpatched=(day,)) == "fail"
        assert say(check, {"grace_days": 14}, unpatched=(day,)) == "pass"
        assert say(check, possible=2) == "unknown"
        assert say(check) == "pass"

    def test_hold_numbers_against_limits(self):
        check = Check.PERFORMS
        assert say(check, facts={"disk_free_percent": "10", "boot_seconds": "120"}) == "pass"
        assert say(check, facts={"disk_free_percent": "9.9"}) == "fail"
        assert say(check, facts={"cpu_percent": "91"}) == "fail"
        assert say(check, facts={"battery_percent": "59"}) == "fail"
        assert say(check) == "unknown"
        assert say(check, facts={"cpu_percent": "much"}) == "unknown"  # never an error

    def test_of_devices_are_asked_at_no_step(self):
        assert sum(row.gates == (Gate.NONE,) for row in CHECKS.values()) == 9


@pytest.mark.usefixtures("fleet")
class TestPolicies:
    def look(self, app, on: date = TODAY) -> dict[tuple[str, str], str]:
        now = datetime(on.year, on.month, on.day, 9, tzinfo=UTC)
        with app.app_context():
            check_all(on, now)
        with app.app_context(), reading() as session:
            rows = session.execute(
                select(Asset.asset_tag, Policy.code, PolicyResult.state)
                .join(PolicyResult, PolicyResult.subject_id == Asset.id)
                .join(Policy, Policy.id == PolicyResult.policy_id)
            )
            return {(tag, code): state.value for tag, code, state in rows}

    def test_are_checked_waived_until_a_day_and_worked_off(self, app, admin, api_as):
        api = api_as("admin", owner="ana@example.org")
        found = self.look(app)
        # Scenario 22: the edition is not known, so the earliest end counts.
        assert found["WIN-1", "supported"] == "fail"
        assert ("WIN-2", "supported") not in found  # Enterprise: what holds has no row
        assert ("MAC-1", "supported") not in found  # macOS 14 has no end
        assert (found["WIN-3", "exploited"], found["WIN-1", "exploited"]) == ("fail", "unknown")
        assert found["MAC-1", "encrypted"] == "unknown"
        assert not any(tag == "TEL-1" for tag, _ in found)  # reports nothing

        waived = api.post(
            "/waivers",
            json={"policy": "supported", "subject_kind": "asset", "subject": "WIN-1", "reason": "Replaced in January",
                  "until_on": (datetime.now(UTC).date() + 30 * DAY).isoformat()},
        )  # fmt: skip
        assert waived.status_code == 201, waived.json
        last = datetime.now(UTC).date() + 30 * DAY
        assert self.look(app, min(last, TODAY))["WIN-1", "supported"] == "waived"
        assert self.look(app, max(last, TODAY) + DAY)["WIN-1", "supported"] == "fail"

        text = admin.get("/monitoring").text
        assert "What devices run is supported" in text
        listed = admin.get("/monitoring/devices?policy=supported").text
        assert "WIN-1" in listed
        assert "MAC-1" not in listed
        assert admin.get("/monitoring/devices?policy=none").status_code == 404
        health = admin.get("/assets/WIN-3/health").text
        assert "Policies that do not hold" in health
        assert "Support of Microsoft Windows 10 22H2 ended on 2025-10-14." in health
