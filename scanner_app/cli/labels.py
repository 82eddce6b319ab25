"""`scanner-app labels`: print labels to a file."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import IO

import click
from sqlalchemy.orm import Session

from scanner_app.cli.context import open_app
from scanner_app.cli.epc.wish import make_rules
from scanner_app.config import Settings
from scanner_app.domain.errors import Invalid
from scanner_app.domain.labels.designs import DESIGNS
from scanner_app.domain.labels.order import (
    MAX_LABELS,
    MAX_THINGS,
    PrintForm,
    read_order,
    split_codes,
)
from scanner_app.domain.labels.parts import KINDS
from scanner_app.domain.labels.reasons import ASKED, read_reason
from scanner_app.domain.labels.stock import STOCKS
from scanner_app.domain.labels.symbols import Content
from scanner_app.domain.numbers import MAX_ID
from scanner_app.edge.labels.design_files import read_design_file, write_design_file
from scanner_app.edge.organisation import current_organisation
from scanner_app.queries.labels.designs import get_design_row, list_design_rows
from scanner_app.queries.labels.rolls import list_blanks
from scanner_app.queries.labels.things import LabelledThing, find_things, list_codes_in
from scanner_app.queries.register.locations import get_location
from scanner_app.services.labels.printed import note_prints
from scanner_app.services.labels.rolls import make_roll, note_printed
from scanner_app.storage.database import reading, unit_of_work

MAX_FILE = 1024 * 1024


@click.group("labels")
def labels_command() -> None:
    """Print labels."""


@labels_command.command("stocks")
def list_stocks() -> None:
    """List what labels can be printed on, and the designs."""
    for stock in STOCKS:
        dpis = ", ".join(map(str, stock.dpis))
        click.echo(f"{stock.key:20} {stock.label}; {dpis} dpi")
    click.echo()
    for design in DESIGNS:
        click.echo(f"{design.key:20} {design.label}: {design.hint}")


@labels_command.command("print")
@click.argument("codes", nargs=-1)
@click.option("--stock", required=True, help="Such as avery-l7160; `labels stocks` lists them.")
@click.option("--design", default="", help="By default the usual one of each thing.")
@click.option("--out", required=True, type=click.Path(dir_okay=False, path_type=Path))
@click.option("--location", help="Also everything in this location.")
@click.option(
    "--from", "source", type=click.File("r", encoding="utf-8"), help="A file of codes, - for input."
)
@click.option("--content", type=click.Choice([one.value for one in Content]))
@click.option("--dpi", type=int, help="Of the printer; default: the stock's usual one.")
@click.option("--start", type=int, default=1, help="The first free label of the sheet.")
@click.option("--copies", type=int, default=1)
@click.option("--owner", default="", help="A line at the foot of each label.")
@click.option(
    "--reason",
    type=click.Choice([one.value for one in ASKED]),
    help="Why those are printed again that were printed before; default: damaged.",
)
@click.option("--base-url", help="Links begin with it; default: SCANNER_BASE_URL.")
def print_command(
    codes: tuple[str, ...],
    stock: str,
    design: str,
    out: Path,
    location: str | None,
    source: IO[str] | None,
    content: str | None,
    dpi: int | None,
    start: int,
    copies: int,
    owner: str,
    reason: str | None,
    base_url: str | None,
) -> None:
    """Print the labels of CODES to a file: .pdf, .png (the first label) or .zpl."""
    from scanner_app.edge.labels.contents import known_designs, label_fonts
    from scanner_app.services.labels.prints import describe_things, print_labels

    form = _form_of(out)
    settings = Settings.from_env()
    wishes = {
        "stock": stock,
        "design": design,
        "content": content or "",
        "dpi": str(dpi or ""),
        "start": str(start),
        "copies": str(copies),
        "owner": owner,
    }
    base = base_url or settings.base_url
    with open_app(), unit_of_work() as session:
        order = read_order(wishes, known_designs(session))
        if not base and (order.content or order.design.content) is Content.LINK:
            raise Invalid(
                "The links on the labels need this service's address. Set SCANNER_BASE_URL, or use"
                " --base-url https://scan.example.org or --content code.",
                errors={},
            )
        wanted = split_codes([*codes, source.read() if source else ""])
        things = _find(session, wanted, location, settings)
        prefix = settings.gs1_company_prefix
        contents = describe_things(things, base_url=base, gs1_prefix=prefix, owner=owner)
        data = print_labels(contents, order, form, fonts=label_fonts())
        out.write_bytes(data)
        printed = contents[:1] if form is PrintForm.PNG else contents
        why = read_reason(reason or "")
        note_prints(session, printed, order, reason=why, actor="command", now=datetime.now(UTC))
    click.echo(f"{len(contents) * order.copies} labels written to {out}.", err=True)


@labels_command.command("roll")
@click.argument("count", type=click.IntRange(1, MAX_LABELS))
@click.option("--prefix", default="L-", show_default=True, help="The codes begin with it.")
@click.option("--stock", required=True)
@click.option("--design", default="matrix-text", show_default=True)
@click.option("--out", required=True, type=click.Path(dir_okay=False, path_type=Path))
def roll_command(count: int, prefix: str, stock: str, design: str, out: Path) -> None:
    """Make a roll of COUNT blank labels and print it to a file."""
    from scanner_app.edge.labels.contents import known_designs, label_fonts
    from scanner_app.services.labels.prints import describe_things, print_labels

    form = _form_of(out)
    wishes = {"stock": stock, "design": design, "content": Content.CODE.value}
    now = datetime.now(UTC)
    with open_app():
        with unit_of_work() as session:
            order = read_order(wishes, known_designs(session))
            roll = make_roll(session, prefix=prefix, count=count, actor="command", now=now)
            note_printed(session, roll, now=now)
            things = list_blanks(session, roll, first=1, last=count)
            contents = describe_things(things, base_url="", gs1_prefix="", owner="")
            data = print_labels(contents, order, form, fonts=label_fonts())
            out.write_bytes(data)
    click.echo(f"Roll {roll}: {count} blank labels written to {out}.", err=True)


@labels_command.group("designs")
def designs_command() -> None:
    """List, export and import designs of labels."""


@designs_command.command("list")
def list_own_designs() -> None:
    """List the designs that admins made."""
    with open_app(), reading() as session:
        for row in list_design_rows(session):
            kind, stock = KINDS[row.kind], row.stock
            click.echo(f"{row.key:20} {row.name} ({kind}, {stock}), version {row.version}")


@designs_command.command("export")
@click.argument("key")
@click.option("--version", type=click.IntRange(1, MAX_ID), help="By default the newest.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Default: output.")
def export_command(key: str, version: int | None, out: Path | None) -> None:
    """Write a design to a file that `import` reads here or elsewhere."""
    with open_app(), reading() as session:
        data = write_design_file(get_design_row(session, key, version))
    if out is None:
        click.echo(data.decode(), nl=False)
    else:
        out.write_bytes(data)


@designs_command.command("import")
@click.argument("file", type=click.File("rb"))
def import_command(file: IO[bytes]) -> None:
    """Save the design of FILE: a new one, or the next version of the one with its key."""
    from scanner_app.edge.labels.contents import label_fonts, sample_content
    from scanner_app.services.labels.designs import check_draft, save_design

    draft = read_design_file(file.read(MAX_FILE))
    with open_app():
        sample = sample_content(draft.kind if draft.kind in KINDS else "asset")
        body = check_draft(draft, sample=sample, fonts=label_fonts())
        now = datetime.now(UTC)
        with unit_of_work() as session:
            saved = save_design(session, draft, body, actor=None, now=now)
    click.echo(f"{saved.key}, version {saved.version}", err=True)


def _find(
    session: Session, codes: list[str], location: str | None, settings: Settings
) -> tuple[LabelledThing, ...]:
    """Return what the codes name, and everything in a location."""
    wanted = list(codes)
    if location:
        place = get_location(session, location)
        wanted += list_codes_in(session, place.id, limit=MAX_THINGS + 1)
    if len(wanted) > MAX_THINGS:
        raise Invalid(f"Print at most {MAX_THINGS} labels at once.", errors={})
    rules = make_rules(settings, current_organisation())
    found = find_things(session, wanted, rules=rules, at=datetime.now(UTC))
    if found.unknown:
        raise Invalid(f"Not known here: {', '.join(found.unknown)}.", errors={})
    return found.things


def _form_of(out: Path) -> PrintForm:
    try:
        return PrintForm(out.suffix.removeprefix(".").lower())
    except ValueError:
        raise Invalid("Name the file .pdf, .png or .zpl.", errors={}) from None
