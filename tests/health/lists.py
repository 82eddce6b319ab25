"""Files as endoflife.date and CISA publish them, short."""

from __future__ import annotations

import json

WINDOWS = {
    "name": "windows",
    "label": "Microsoft Windows",
    "releases": [
        {"name": name, "label": label, "releaseDate": "2024-10-01", "isEol": is_eol,
         "eolFrom": ends, "isMaintained": not is_eol, "latest": {"name": "10.0.26100", "link": "x"}}
        for name, label, is_eol, ends in (
            ("11-24h2-iot-lts", "11 24H2 (IoT) (LTS)", False, "2034-10-10"),
            ("11-24h2-e-lts", "11 24H2 (E) (LTS)", False, "2029-10-09"),
            ("11-24h2-e", "11 24H2 (E)", False, "2027-10-12"),
            ("11-24h2-w", "11 24H2 (W)", False, "2026-10-13"),
        )
    ] + [
        {"name": "10-22h2", "label": "10 22H2", "releaseDate": "2022-10-18", "isEol": True,
         "eolFrom": "2025-10-14", "eoesFrom": "2028-10-10", "latest": {"name": "10.0.19045"}},
    ],
}  # fmt: skip
MACOS = {
    "name": "macos",
    "label": "Apple macOS",
    "releases": [
        {"name": "14", "label": "14 (Sonoma)", "isEol": False, "eolFrom": None,
         "latest": {"name": "14.8.1"}},
        {"name": "10.15", "label": "10.15 (Catalina)", "isEol": True, "eolFrom": None,
         "latest": {"name": "10.15.7"}},
        {"name": "10.1", "label": "10.1 (Puma)", "isEol": True, "eolFrom": "2002-10-23",
         "latest": None},
    ],
}  # fmt: skip
IPHONE = {
    "name": "iphone",
    "label": "Apple iPhone",
    "releases": [
        {"name": "13-mini", "label": "iPhone 13 mini", "isEol": False, "eolFrom": None},
        {"name": "6s", "label": "6S", "isEol": True, "eolFrom": "2022-09-12"},
    ],
}  # fmt: skip
LIFECYCLES = json.dumps(
    {"schema_version": "1.2.0", "total": 3, "result": [WINDOWS, MACOS, IPHONE]}
).encode()


def entry(cve: str, vendor: str, product: str, added: str, **more: str) -> dict[str, str]:
    """Return an entry of the catalogue."""
    return {
        "cveID": cve, "vendorProject": vendor, "product": product, "dateAdded": added,
        "vulnerabilityName": f"{vendor} {product} Flaw", "shortDescription": "…",
        "requiredAction": "Apply updates.", "dueDate": "2026-12-15",
        "knownRansomwareCampaignUse": "Unknown", "notes": "", **more,
    }  # fmt: skip


ENTRIES = [
    entry("CVE-2026-1001", "Microsoft", "Windows", "2026-11-20"),
    entry(
        "CVE-2024-1002", "Microsoft", "Windows", "2024-03-01", knownRansomwareCampaignUse="Known"
    ),
    entry("CVE-2023-1003", "Adobe", "Acrobat and Reader", "2023-10-10"),
    entry("CVE-2022-1004", "Apple", "iOS, iPadOS, and macOS", "2022-01-10"),
    entry("CVE-2021-1005", "Apple", "Multiple Products", "2021-11-03"),
    entry("CVE-2025-1006", "7-Zip", "7-Zip", "2025-02-06"),
]
CATALOGUE = json.dumps({"title": "KEV", "count": len(ENTRIES), "vulnerabilities": ENTRIES}).encode()


def write_csv() -> bytes:
    """Return the catalogue as CSV."""
    names = list(ENTRIES[0])
    lines = [",".join(names)]
    lines += [",".join(f'"{one[name]}"' for name in names) for one in ENTRIES]
    return "\r\n".join(lines).encode()
