"""`scanner-app epc encode --csv`: the EPCs of many tags, one row each."""

from __future__ import annotations

import csv
import sys
from collections.abc import Mapping
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path

import click

from scanner_app.cli.context import open_app
from scanner_app.cli.epc.wish import Wish, make_rules, write_for_asset, write_wish
from scanner_app.config import Settings
from scanner_app.decoding.codes.read import read_code
from scanner_app.decoding.epc import EpcError
from scanner_app.decoding.epc.writing import TagContent
from scanner_app.domain.errors import Invalid, ScannerAppError
from scanner_app.edge.organisation import current_organisation
from scanner_app.queries.tags import Labelled, find_meanings
from scanner_app.services.files.table_writers import ExportTable, write_csv
from scanner_app.storage.database import reading

MAX_ROWS = 200_000
RESULTS = (
    "scheme", "epc_hex", "bits", "pure_identity_uri", "tag_uri", "element_string", "digital_link",
    "error",
)  # fmt: skip


def encode_table(source: Path, output: Path | None, wish: Wish) -> int:
    """Encode each row of a table and return how many could not be encoded."""
    settings = Settings.from_env()
    headers, rows = _read_table(source)
    wishes = [_read_wish(row, wish) for row in rows]
    needs_register = any(isinstance(w, Wish) and w.asset for w in wishes)
    with open_app() if needs_register else nullcontext():
        assets = _find_assets(wishes, settings) if needs_register else {}
        made = [_try(one, assets, settings) for one in wishes]
        holders = _find_holders(made) if needs_register else {}
    results: list[tuple[str, ...]] = []
    first_use: dict[str, int] = {}
    for number, (one, (content, problem)) in enumerate(zip(wishes, made, strict=True), start=2):
        if content is None:
            results.append(_cells(None, problem))
            continue
        holder = holders.get(content.hex)
        wanted = assets.get(one.asset) if isinstance(one, Wish) else None
        clash = None
        if holder is not None and holder != wanted:
            clash = f"{holder.asset_tag} already has this identity."
        elif first_use.setdefault(content.hex, number) != number:
            clash = (
                f"The same EPC as in line {first_use[content.hex]}. Two tags cannot have "
                "the same EPC."
            )
        results.append(_cells(content if clash is None else None, clash))
    failed = sum(bool(cells[-1]) for cells in results)
    kept = [name for name in headers if _column(name) not in RESULTS]
    table = ExportTable(
        "EPCs",
        [*kept, *RESULTS],
        (
            [row.get(name) or "" for name in kept] + list(cells)
            for row, cells in zip(rows, results, strict=True)
        ),
    )
    if output is None:
        write_csv(table, sys.stdout.buffer)
    else:
        with output.open("wb") as file:
            write_csv(table, file)
    click.echo(f"{len(rows) - failed} of {len(rows)} rows encoded.", err=True)
    return failed


def _read_table(source: Path) -> tuple[list[str], list[dict[str, str]]]:
    with source.open(newline="", encoding="utf-8-sig") as file:
        try:
            reader = csv.DictReader(file, strict=True)
            headers = list(reader.fieldnames or [])
            rows: list[dict[str, str]] = []
            for row in reader:
                if len(rows) == MAX_ROWS:
                    raise Invalid(f"At most {MAX_ROWS:,} rows at once. Split the file.")
                row.pop(None, None)  # the cells beyond the headers
                rows.append(row)
        except (csv.Error, UnicodeDecodeError) as error:
            raise Invalid(f"{source.name} is not a CSV file in UTF-8: {error}.") from error
    columns = [_column(name) for name in headers]
    if not {"asset_tag", "reference", "value"} & set(columns):
        raise Invalid(f"{source.name} needs a column asset_tag, reference or value.")
    return headers, rows


def _column(header: str) -> str:
    return header.strip().lower().replace(" ", "_")


def _read_wish(row: Mapping[str, str | None], default: Wish) -> Wish | str:
    """Return what a row asks for, or what is wrong with the row."""
    cells = {_column(name): (text or "").strip() for name, text in row.items()}
    filter_ = cells.get("filter") or str(default.filter)
    if filter_ not in {"0", "1", "2", "3", "4", "5", "6", "7"}:
        return "The filter value is 0 to 7."
    given = [cells.get(name, "") for name in ("value", "asset_tag", "reference")]
    if not any(given):
        return "The row is empty. Fill asset_tag, reference or value."
    value, asset, reference = given
    return Wish(
        value,
        "" if value or reference else asset,
        "" if value else reference,
        cells.get("prefix") or default.prefix,
        cells.get("scheme", "").lower() or default.scheme,
        int(filter_),
    )


def _find_assets(wishes: list[Wish | str], settings: Settings) -> dict[str, Labelled]:
    """Return the assets that the rows name, by the text that names them."""
    names = sorted({w.asset for w in wishes if isinstance(w, Wish) and w.asset})
    rules = make_rules(settings, current_organisation())
    with reading() as session:
        meant = find_meanings(
            session, [read_code(name, rules=rules) for name in names], now=datetime.now(UTC)
        )
    return {name: m.asset for name, m in zip(names, meant, strict=True) if m.asset is not None}


def _find_holders(
    made: list[tuple[TagContent | None, str | None]],
) -> dict[str, Labelled]:
    """Return the assets that the new EPCs already mean, by EPC."""
    values = [content.hex for content, _ in made if content is not None]
    readings = [read_code(value, symbology="rfid") for value in values]
    with reading() as session:
        meant = find_meanings(session, readings, now=datetime.now(UTC))
    return {value: m.asset for value, m in zip(values, meant, strict=True) if m.asset is not None}


def _try(
    wish: Wish | str, assets: Mapping[str, Labelled], settings: Settings
) -> tuple[TagContent | None, str | None]:
    if isinstance(wish, str):
        return None, wish
    try:
        if wish.asset:
            held = assets.get(wish.asset)
            if held is None:
                return None, "No asset has this tag."
            return write_for_asset(held, wish, settings), None
        return write_wish(wish, settings), None
    except (EpcError, ScannerAppError) as error:
        return None, str(error)


def _cells(content: TagContent | None, problem: str | None) -> tuple[str, ...]:
    if content is None:
        return ("",) * (len(RESULTS) - 1) + (problem or "",)
    return (
        content.scheme,
        content.hex,
        str(content.bits),
        content.pure_identity_uri or "",
        content.tag_uri or "",
        content.element_string,
        content.digital_link,
        problem or "",
    )
