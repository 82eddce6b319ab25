"""`scanner-app epc`: what to write on an RFID tag, and what a tag contains."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from scanner_app.cli.context import open_app
from scanner_app.cli.epc.table import encode_table
from scanner_app.cli.epc.wish import Wish, make_rules, write_for_asset, write_wish
from scanner_app.config import Settings
from scanner_app.decoding.codes.read import read_code
from scanner_app.decoding.epc import EpcError, EpcUnknownHeader, decode_epc, decode_epc_uri
from scanner_app.decoding.epc.writing import AUTO, MIN_BANK_BITS, TagContent, list_schemes
from scanner_app.domain.errors import Conflict, NotFound
from scanner_app.edge.organisation import current_organisation
from scanner_app.queries.tags import Labelled, find_asset, find_meaning
from scanner_app.storage.database import reading

SCHEMES = click.Choice([AUTO, *list_schemes()])


@click.group("epc")
def epc_command() -> None:
    """Make and read the EPCs of RFID tags."""


@epc_command.command("encode")
@click.argument("value", required=False, default="")
@click.option("--asset", default="", help="The asset's tag, or any other code of it.")
@click.option(
    "--reference", default="", help="The asset reference that follows the company prefix."
)
@click.option("--prefix", default="", help="GS1 company prefix; default: the setting.")
@click.option("--scheme", type=SCHEMES, default=AUTO, show_default=True)
@click.option("--filter", "filter_", type=click.IntRange(0, 7), default=0, show_default=True)
@click.option(
    "--csv",
    "table",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Encode each row of a CSV with the columns asset_tag, reference or value; prefix, "
    "scheme, filter.",
)
@click.option(
    "-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="CSV to write."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON line.")
def encode(
    value: str,
    asset: str,
    reference: str,
    prefix: str,
    scheme: str,
    filter_: int,
    table: Path | None,
    output: Path | None,
    as_json: bool,
) -> None:
    """Print the EPC to write on a tag.

    The EPC is for an asset (--asset), for a reference (--reference), or for VALUE: an EPC URI, a
    GS1 element string such as "(8004)06141415678", or a Digital Link. An asset without a GS1 key
    gets a GIAI made of the company prefix and its tag.
    """
    wish = Wish(value, asset, reference, prefix, scheme, filter_)
    if sum(map(bool, (value, asset, reference, table))) != 1:
        raise click.UsageError("Use one of VALUE, --asset, --reference and --csv.")
    if table is not None:
        sys.exit(1 if encode_table(table, output, wish) else 0)
    settings = Settings.from_env()
    held: Labelled | None = None
    try:
        if asset:
            held, content = _encode_asset(wish, settings)
        else:
            content = write_wish(wish, settings)
    except EpcError as error:
        raise click.ClickException(str(error)) from error
    if as_json:
        click.echo(json.dumps({"asset": held.asset_tag if held else None, **asdict(content)}))
    else:
        _print_content(content, held)


def _encode_asset(wish: Wish, settings: Settings) -> tuple[Labelled, TagContent]:
    now = datetime.now(UTC)
    with open_app(), reading() as session:
        held = find_asset(
            session, wish.asset, rules=make_rules(settings, current_organisation()), now=now
        )
        if held is None:
            raise NotFound(f"No asset has the code {wish.asset[:64]!r}.")
        content = write_for_asset(held, wish, settings)
        holder = find_meaning(session, read_code(content.hex, symbology="rfid"), now=now).asset
    if holder is not None and holder.id != held.id:
        raise Conflict(f"{holder.asset_tag} already has the identity {content.element_string}.")
    return held, content


def _print_content(content: TagContent, held: Labelled | None) -> None:
    if held is not None:
        click.echo(f"asset           {_shown(held.asset_tag)}  {_shown(held.name)}".rstrip())
    words = len(content.hex) // 4
    lines = {
        "scheme": content.scheme,
        "hex": content.hex,
        "bits used": f"{content.bits}, in {words} words of 16 bits",
        "pure identity": content.pure_identity_uri or "needs the company prefix: use --prefix",
        "tag URI": content.tag_uri or "none: '+' schemes have no tag URI",
        "element string": content.element_string,
        "digital link": content.digital_link,
    }
    for name, text in lines.items():
        click.echo(f"{name:<15} {text}")
    if content.bank_bits > MIN_BANK_BITS:
        click.echo(
            f"Check the chip: its EPC memory must hold {content.bank_bits} bits; many hold 96.",
            err=True,
        )


def _shown(text: str) -> str:
    # A hostile name could otherwise send control sequences to the terminal.
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


# -- reading ------------------------------------------------------------------------------------


@epc_command.command("decode")
@click.argument("values", nargs=-1, required=True, metavar="HEX|URI...")
@click.option("--json", "as_json", is_flag=True, help="Print JSON lines.")
def decode(values: tuple[str, ...], as_json: bool) -> None:
    """Print what EPCs contain. Exit with 1 if one cannot be read."""
    failed = False
    for number, value in enumerate(values):
        try:
            line = _describe(value)
        except EpcError as error:
            failed = True
            line = {"value": value, "error": _explain(error)}
        if as_json:
            click.echo(json.dumps(line))
            continue
        if number:
            click.echo()
        for name, text in line.items():
            click.echo(
                f"{name.replace('_', ' '):<18} {_shown(str(text)) if text is not None else '-'}"
            )
    if failed:
        sys.exit(1)


def _describe(value: str) -> dict[str, Any]:
    is_uri = value.strip()[:8].lower() == "urn:epc:"
    epc = decode_epc_uri(value) if is_uri else decode_epc(value)
    candidates = read_code(value.strip(), symbology="rfid").candidates
    return {
        "value": value,
        "scheme": epc.scheme,
        "hex": epc.words or None,
        "bits": len(epc.hex) * 4 or None,
        "filter": epc.filter,
        "pure_identity_uri": epc.pure_identity_uri,
        "tag_uri": epc.tag_uri,
        "element_string": epc.element_string,
        "digital_link": epc.digital_link,
        "data": epc.data_string,
        "data_not_understood": epc.data_rest or None,
        "register_as": f"{candidates[0].scheme}:{candidates[0].value}" if candidates else None,
    }


def _explain(error: EpcError) -> str:
    if isinstance(error, EpcUnknownHeader):
        return (
            f"{error} Most tags off the shelf carry such a number. It is stored as it is, and "
            "can be bound to an asset on the enrol page."
        )
    return str(error)
