"""The cells of one row of a list of devices, read as the facts that they are."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from scanner_app.domain.imports import ImportKind
from scanner_app.domain.imports.columns import label_of
from scanner_app.domain.imports.devices import GIGA, KIBI, MEGA, fits, name_other
from scanner_app.domain.lifecycle.facts import FACTS, read_fact_value
from scanner_app.services.files.tables.source_row import Row
from scanner_app.services.imports.cells import shorten
from scanner_app.services.imports.kinds.devices.moments import parse_moment
from scanner_app.services.imports.mapping import order_of
from scanner_app.services.imports.row import PlanContext, RowReader

_NUMBER = re.compile(
    r"(\d[\d ']*(?:[.,]\d+)?)\s*(bytes?|b|kb|kib|mb|mib|gb|gib|tb|tib|%)?", re.ASCII | re.IGNORECASE
)
_UNITS = {
    "": 1, "b": 1, "byte": 1, "bytes": 1, "%": 1, "kb": 1000, "kib": KIBI, "mb": 10**6,
    "mib": MEGA, "gb": GIGA, "gib": KIBI**3, "tb": 10**12, "tib": KIBI**4,
}  # fmt: skip
# The facts that other targets become, and what one of them is worth.
_SIZES = {
    "memory_bytes": ("memory_bytes", 1),
    "memory_mb": ("memory_bytes", MEGA),
    "disk_bytes": ("disk_bytes", 1),
    "disk_mb": ("disk_bytes", MEGA),
    "disk_gb": ("disk_bytes", GIGA),
}
_WORDS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "encrypted": {
        "yes": ("all partitions encrypted", "boot partitions encrypted", "boot encrypted"),
        "no": ("decrypted", "no partitions encrypted", "not applicable"),
    },
    "compliant": {"yes": (), "no": ("non-compliant", "not compliant")},
}
_PLAIN = ("edition", "patched_on", "antivirus_on", "firewall_on", "encrypted", "compliant",
          "disk_free_percent", "battery_percent", "battery_cycles", "cpu_percent", "boot_seconds",
          "crashes", "cores")  # fmt: skip
_BARE_VERSION = re.compile(r"\d+(\.\d+)*", re.ASCII)


@dataclass(slots=True)
class DeviceCells:
    """What one row says of one device.

    :param facts: by name, each as it is kept.
    """

    reader: RowReader
    tag: str = ""
    serial: str = ""
    observed_at: datetime | None = None
    facts: dict[str, str] = field(default_factory=dict)


def label(target: str) -> str:
    """Return what a target is called."""
    return label_of(ImportKind.DEVICES, target)


def read_cells(row: Row, context: PlanContext) -> DeviceCells:
    """Return what a row says; what is wrong with it is among the reasons of its reader."""
    reader = RowReader.read(row, context)
    cells = DeviceCells(reader)
    cells.tag = reader.code("asset_tag", "Asset Tag")
    cells.serial = reader.maker_code("serial", label("serial"))
    order = order_of(context.mapping, "observed_at")
    cells.observed_at = reader.parse(
        "observed_at", label("observed_at"), lambda text: parse_moment(text, order)
    )
    if cells.observed_at is not None:
        cells.facts["last_seen_at"] = cells.observed_at.isoformat(timespec="seconds")
    _read_system(cells)
    for name in _PLAIN:
        _keep(cells, name, reader.text(name))
    for target, (name, worth) in _SIZES.items():
        if (size := _read_number(cells, target)) is not None:
            _keep(cells, name, str(size * worth))
    _read_shares(cells)
    for header, text in reader.custom.items():
        if fits(text):
            cells.facts[name_other(header)] = " ".join(text.split())
        else:
            reader.notes.append(f"{shorten(header)} is too long to be kept")
    return cells


def _read_system(cells: DeviceCells) -> None:
    """Read the operating system: a column of that name may hold the version alone, or both."""
    system, version = (cells.reader.text(name) for name in ("os", "os_version"))
    if _BARE_VERSION.fullmatch(system):
        system, version = "", version or system
    _keep(cells, "os", system)
    _keep(cells, "os_version", version)


def _keep(cells: DeviceCells, name: str, text: str) -> None:
    """Keep a fact; a word that it does not know is kept under another name, and told."""
    if not text:
        return
    said = " ".join(text.split()).casefold()
    for answer, words in _WORDS.get(name, {}).items():
        if said in words:
            text = answer
    try:
        cells.facts[name] = read_fact_value(name, text.rstrip(" %") if name in _PERCENT else text)
    except ValueError:
        if fits(text):
            cells.facts[f"x_{name}"] = " ".join(text.split())
        cells.reader.notes.append(
            f"{label(name)} {shorten(text)!r} does not say it plainly: kept as x_{name}"
        )


_PERCENT = frozenset(name for name, row in FACTS.items() if row.unit == "%")


def _read_number(cells: DeviceCells, target: str) -> Decimal | None:
    """Return a number with its unit worked in; 0 says that it is not known."""
    text = cells.reader.text(target)
    if not text:
        return None
    found = _NUMBER.fullmatch(text)
    if found is None:
        cells.reader.notes.append(f"{label(target)} {shorten(text)!r} is not a size: left out")
        return None
    plain = found[1].replace(" ", "").replace("'", "").replace(",", ".")
    return Decimal(plain) * _UNITS[(found[2] or "").casefold()] or None


def _read_shares(cells: DeviceCells) -> None:
    """Work out what is a share of something: free storage, full disk, the battery's capacity."""
    facts = cells.facts
    total, free = (_read_number(cells, name) for name in ("storage_total", "storage_free"))
    # Without a unit nobody says how large it is; its free share is the same in any.
    if total and free is not None and free <= total and "disk_free_percent" not in facts:
        facts["disk_free_percent"] = _percent(free, total)
    for name, size in (("storage_total", total), ("storage_free", free)):
        text = cells.reader.text(name)
        if size is None:
            continue
        if name == "storage_total" and not text[-1:].isdigit():
            if "disk_bytes" not in facts:
                _keep(cells, "disk_bytes", f"{size:f}")
        elif fits(text):
            facts[f"x_{name}"] = text
    full = _read_number(cells, "disk_full_percent")
    if full is not None and full <= 100 and "disk_free_percent" not in facts:  # noqa: PLR2004
        facts["disk_free_percent"] = read_fact_value("disk_free_percent", f"{100 - full:f}")
    now, design = (_read_number(cells, name) for name in ("battery_full", "battery_design"))
    if now and design:
        # More than twice as designed is not a measurement.
        if now <= 2 * design:
            facts.setdefault("battery_percent", _percent(now, design))
        else:
            cells.reader.notes.append("the battery holds more than it can: left out")


def _percent(part: Decimal, whole: Decimal) -> str:
    return f"{(100 * part / whole).quantize(Decimal('0.1')).normalize():f}"
