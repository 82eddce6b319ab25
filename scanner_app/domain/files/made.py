"""Files that are made for people: exports, reports, sheets of labels.

A small one is sent at once. One that would hold a request for more than about two seconds of a
processor is made by a job, kept for some days, and fetched by the person who asked for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from scanner_app.domain.access.roles import Action

# How long a made file is kept, and how many of a person may be on their way.
KEPT_FOR = timedelta(days=7)
MAX_UNDER_WAY = 5
# Of a kept file, in bytes: a store reads and writes a piece at a time, so memory does not grow.
PIECE = 4 * 1024 * 1024
# Each piece begins with 16 random bytes: no other record has a file of the same name, so it
# may be deleted without asking who else needs it.
SALT = 16
KB_IN_MB = 1000
MAX_ADDRESS = 2000


class MadeKind(StrEnum):
    """What a file holds."""

    ASSETS = "assets"
    LOCATIONS = "locations"
    PEOPLE = "people"
    STOCK = "stock"
    REPORT = "report"
    PACK = "pack"
    EVENTS = "events"
    LABELS = "labels"


class MadeForm(StrEnum):
    """What a file is written as; the value is the ending of its name."""

    CSV = "csv"
    XLSX = "xlsx"
    JSON = "json"
    PDF = "pdf"
    ZPL = "zpl"
    ZIP = "zip"
    EPCIS = "epcis.jsonld"


@dataclass(frozen=True, slots=True)
class FormFacts:
    """What is said about a form.

    :param label: what people read, such as "PDF".
    :param max_at_once: how many rows are sent at once; with more, a job makes the file.
    """

    label: str
    media_type: str
    max_at_once: int


# Measured on a shared core: 10,000 rows as CSV take 1.5 s, as a sheet 4 to 10 s, as PDF 8 s; a
# label takes 12 to 24 ms.
FORMS = {
    MadeForm.CSV: FormFacts("CSV", "text/csv; charset=utf-8", 10_000),
    MadeForm.XLSX: FormFacts(
        "XLSX", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", 2_000
    ),
    MadeForm.JSON: FormFacts("JSON", "application/json", 10_000),
    MadeForm.PDF: FormFacts("PDF", "application/pdf", 2_000),
    MadeForm.ZPL: FormFacts("ZPL", "application/vnd.zebra.zpl", 2_000),
    MadeForm.ZIP: FormFacts("Archive", "application/zip", 10_000),
    MadeForm.EPCIS: FormFacts("EPCIS events", "application/ld+json", 10_000),
}
_TABLES = (MadeForm.CSV, MadeForm.XLSX)


@dataclass(frozen=True, slots=True)
class KindFacts:
    """What is said about a kind of file.

    :param label: what people read, such as "Assets".
    :param rows: what is counted, such as "assets"; pages write it after a number.
    :param action: who may have it made, and fetch it.
    :param weight: how many rows of a list cost as much as one of its rows.
    """

    label: str
    rows: str
    action: Action
    forms: tuple[MadeForm, ...]
    weight: int = 1


MADE_KINDS = {
    MadeKind.ASSETS: KindFacts("Assets", "assets", Action.EXPORT, _TABLES),
    MadeKind.LOCATIONS: KindFacts("Locations", "locations", Action.EXPORT, _TABLES),
    MadeKind.PEOPLE: KindFacts("People", "people", Action.EXPORT, _TABLES),
    MadeKind.STOCK: KindFacts("Stock", "items", Action.EXPORT, _TABLES),
    MadeKind.REPORT: KindFacts(
        "Report of audit",
        "findings",
        Action.READ_AUDITS,
        (MadeForm.JSON, MadeForm.CSV, MadeForm.XLSX, MadeForm.PDF),
    ),
    MadeKind.PACK: KindFacts("Proofs of audit", "findings", Action.READ_AUDITS, (MadeForm.ZIP,)),
    MadeKind.EVENTS: KindFacts("Events of audit", "scans", Action.EXPORT, (MadeForm.EPCIS,)),
    MadeKind.LABELS: KindFacts(
        "Labels", "labels", Action.PRINT_LABELS, (MadeForm.PDF, MadeForm.ZPL), weight=10
    ),
}


def find_line(kind: MadeKind, form: MadeForm) -> int:
    """Return how many rows are sent at once; with more, a job makes the file."""
    return FORMS[form].max_at_once // MADE_KINDS[kind].weight


class MadeState(StrEnum):
    """How far a file is."""

    WAITING = "waiting"
    MAKING = "making"
    READY = "ready"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class StateFacts:
    """What is said about a state of a file.

    :param is_open: whether a job has still to do with it.
    """

    label: str
    tone: str
    sentence: str
    is_open: bool = False


MADE_STATES = {
    MadeState.WAITING: StateFacts("Waiting", "note", "It waits for the worker.", is_open=True),
    MadeState.MAKING: StateFacts("Being made", "accent", "It is being written.", is_open=True),
    MadeState.READY: StateFacts("Ready", "good", "It is ready."),
    MadeState.FAILED: StateFacts("Failed", "bad", "It could not be made."),
}


def say_size(size: int) -> str:
    """Return a size in bytes in words, such as "12.3 MB"."""
    kilobytes = max(size // 1000, 1)
    return f"{kilobytes:,} kB" if kilobytes < KB_IN_MB else f"{kilobytes / KB_IN_MB:,.1f} MB"
