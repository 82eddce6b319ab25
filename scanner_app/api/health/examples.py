"""Example values of the health of devices, about laptop LT-0042 of the sample office."""

from __future__ import annotations

from typing import Any

_WINDOWS = {
    "product": "windows",
    "cycle": "11-24h2-w",
    "title": "Windows 11 24H2 (W)",
    "ends_on": "2026-10-13",
    "has_ended": True,
    "is_sure": False,
}
HEALTH_VALUES: dict[str, Any] = {
    **{f"Support.{name}": value for name, value in _WINDOWS.items()},
    "CheckResult.detail": "Support of Windows 11 24H2 (W) ended on 2026-10-13.",
    "CheckResult.policy": "supported",
    "CheckResult.state": "fail",
    "CheckResult.title": "What devices run is supported",
    "Device.has_ended": True,
    "Device.is_sure": False,
    "Device.name": "Sales laptop 42",
    "Device.possible": 0,
    "Device.system": "Windows",
    "Device.title": "Windows 11 24H2 (W)",
    "Device.unpatched": 1,
    "Device.version": "10.0.26100.4652",
    "DeviceHealth.patched": 3,
    "Exploit.cve": "CVE-2026-1234",
    "Exploit.grade": "unpatched",
    "Exploit.of": "Windows",
    "Exploit.title": "Microsoft Windows Privilege Escalation",
    "Failures.availability_percent": "99.84",
    "Failures.devices": 40,
    "Failures.failures": 8,
    "Failures.most_yearly_percent": None,
    "Failures.mtbf_days": "1825.0",
    "Failures.mttr_days": "3.0",
    "Failures.operating_days": "14600.0",
    "Failures.yearly_percent": "20.0",
    "Monitoring.made_at": None,
    "Monitoring.reporting": 40,
    "Monitoring.states": {
        "ended": 3, "ending": 5, "unpatched": 1, "possible": 0, "silent": 2, "unknown": 1,
    },
    "Monitoring.unknown_systems": {"Plan 9": 1},
    "ReleaseCount.devices": 3,
    "ReleaseCount.unsure": 3,
    "Use.held_percent": "76.25",
    "Use.idle_since": None,
    "Use.is_little": False,
    "Vulnerability.cve": "CVE-2026-1234",
    "Vulnerability.possible": 0,
    "Vulnerability.product": "Windows",
    "Vulnerability.ransomware": False,
    "Vulnerability.title": "Microsoft Windows Privilege Escalation",
    "Vulnerability.unpatched": 1,
    "Vulnerability.vendor": "Microsoft",
}  # fmt: skip
for _name in ("product", "cycle", "title", "ends_on", "has_ended"):
    HEALTH_VALUES[f"ReleaseCount.{_name}"] = _WINDOWS[_name]
HEALTH_CALLS: dict[str, dict[str, Any]] = {
    "GET /api/v1/monitoring/devices": {"state": "ended"},
    "GET /api/v1/monitoring/vulnerabilities": {"q": "windows"},
}
