"""What the devices of the sample office report, and until when what they run is supported."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from scanner_app.domain.access.roles import Actor
from scanner_app.services.health.check import check_devices
from scanner_app.services.health.files import ListKind, take_file
from scanner_app.services.lifecycle.facts import Report, find_devices, record_facts

# Days as endoflife.date publishes them: https://endoflife.date/windows, /macos and /ubuntu.
_RELEASES: tuple[tuple[str, str, tuple[tuple[str, str, str | None, str], ...]], ...] = (
    (
        "windows",
        "Microsoft Windows",
        (
            ("11-23h2-w", "11 23H2 (W)", "2025-11-11", "10.0.22631"),
            ("11-24h2-w", "11 24H2 (W)", "2026-10-13", "10.0.26100"),
            ("11-25h2-w", "11 25H2 (W)", "2027-10-12", "10.0.26200"),
        ),
    ),
    (
        "macos",
        "Apple macOS",
        (
            ("13", "13 (Ventura)", "2025-09-15", "13.7.8"),
            ("14", "14 (Sonoma)", None, "14.8.1"),
            ("15", "15 (Sequoia)", None, "15.7.1"),
        ),
    ),
    (
        "ubuntu",
        "Ubuntu",
        (
            ("20.04", "20.04 'Focal Fossa' (LTS)", "2025-05-31", "20.04.6"),
            ("22.04", "22.04 'Jammy Jellyfish' (LTS)", "2027-04-01", "22.04.5"),
            ("24.04", "24.04 'Noble Numbat' (LTS)", "2029-05-31", "24.04.3"),
        ),
    ),
)
# System, version as the device says it, and how many in a hundred devices of the maker.
_SYSTEMS = {
    "pc": (("Windows 11 Pro", "10.0.22631", 10), ("Windows 11 Pro", "10.0.26100", 40),
           ("Windows 11 Pro", "10.0.26200", 50)),
    "mac": (("macOS", "13.7.8", 15), ("macOS", "14.8.1", 35), ("macOS", "15.7.1", 50)),
    "server": (("Ubuntu", "20.04", 10), ("Ubuntu", "22.04", 50), ("Ubuntu", "24.04", 40)),
}  # fmt: skip
SILENT_HOURS = 24 * 45


def fill_sample_health(
    session: Session,
    chance: random.Random,
    *,
    devices: Mapping[str, str],
    actor: Actor,
    now: datetime,
) -> None:
    """Read the lifecycles, record what devices report, and check them.

    :param devices: `pc`, `mac` or `server` of each tag.
    """
    today = now.date()
    lists = [
        {
            "name": name,
            "label": label,
            "releases": [
                {
                    "name": cycle,
                    "label": title,
                    "isEol": ends is not None and ends <= str(today),
                    "eolFrom": ends,
                    "latest": {"name": latest},
                }
                for cycle, title, ends, latest in releases
            ],
        }
        for name, label, releases in _RELEASES
    ]
    take_file(session, ListKind.LIFECYCLES, json.dumps({"result": lists}).encode(), now=now)
    reports = [_report(chance, tag, kind, now) for tag, kind in devices.items()]
    record_facts(
        session, reports, source="Sample office", zone=ZoneInfo("UTC"), actor=actor, now=now
    )
    found = [one for one in find_devices(session, reports) if isinstance(one, int)]
    check_devices(session, found, today=today, now=now)


def _has(chance: random.Random, percent: int) -> bool:
    return chance.randrange(100) < percent


def _report(chance: random.Random, tag: str, kind: str, now: datetime) -> Report:
    systems = _SYSTEMS[kind]
    [(system, version, _)] = chance.choices(systems, weights=[share for *_, share in systems])
    seen = now - timedelta(hours=chance.randrange(2, 60) if _has(chance, 90) else SILENT_HOURS)
    facts: dict[str, object] = {
        "os": system,
        "os_version": version,
        "last_seen_at": seen.isoformat(),
        "patched_on": (seen - timedelta(days=chance.randrange(1, 40))).isoformat(),
        "firewall_on": _has(chance, 99),
    }
    if kind != "server":
        facts |= {
            "encrypted": _has(chance, 96),
            "antivirus_on": _has(chance, 98),
            "disk_free_percent": chance.randrange(4, 80),
            "battery_percent": chance.randrange(62, 101),
        }
    return Report(tag, None, seen, facts)
