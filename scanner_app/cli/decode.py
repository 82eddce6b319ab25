"""`scanner-app decode`: print the codes in pictures as JSON lines, without a database."""

from __future__ import annotations

import base64
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from scanner_app.config import Settings
from scanner_app.decoder.pool import PictureFailed, PicturePool
from scanner_app.decoding.codes.read import TagRules, read_code
from scanner_app.decoding.picture.decode import ALL_FORMATS, Decoded, PictureRefused

SUFFIXES = frozenset({".jpg", ".jpeg", ".jpe", ".mpo", ".png", ".webp", ".heic", ".heif"})


@click.command("decode")
@click.argument(
    "paths",
    nargs=-1,
    required=True,
    type=click.Path(exists=True, path_type=Path),
    metavar="FILE|FOLDER...",
)
@click.option(
    "--explain", is_flag=True, help="Also print which pass found what, and how long it took."
)
@click.option(
    "--format",
    "formats",
    multiple=True,
    type=click.Choice(sorted(ALL_FORMATS)),
    help="Look for this symbology only; can be given several times. Default: the setting.",
)
@click.option("--budget-ms", type=click.IntRange(1, 600_000), help="Time limit for one picture.")
def decode_command(
    paths: tuple[Path, ...], *, explain: bool, formats: tuple[str, ...], budget_ms: int | None
) -> None:
    """Print one JSON line for each symbol in the pictures.

    Folders are searched recursively. A file that cannot be read gives a line with `error`, and the
    command exits with 1.
    """
    settings = Settings.from_env()
    rules = TagRules(
        base_url=settings.base_url,
        prefix=settings.tag_prefix,
        digits=settings.tag_digits,
        code39_check=settings.code39_check,
        code39_full_ascii=settings.code39_full_ascii,
        foreign_hosts=frozenset(settings.foreign_hosts),
    )
    files = list(_find_pictures(paths))
    if not files:
        raise click.ClickException("There is no JPEG, PNG, WebP or HEIC picture in there.")
    failed = 0
    with PicturePool(workers=1) as pool, _progress() as progress:
        task = progress.add_task("Decoding", total=len(files))
        for file in files:
            try:
                decoded = pool.decode(
                    file.read_bytes(),
                    budget_ms=budget_ms or settings.decode_budget_ms,
                    bars_ms=settings.decode_bars_ms,
                    formats=frozenset(formats) or settings.effective_decode_formats,
                    explain=explain,
                )
            except (OSError, PictureRefused, PictureFailed) as error:
                failed += 1
                _print({"file": str(file), "error": _describe(error)})
            else:
                _print_symbols(file, decoded, rules, explain=explain)
            progress.advance(task)
    if failed:
        sys.exit(1)


def _find_pictures(paths: tuple[Path, ...]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            yield from sorted(
                file
                for file in path.rglob("*")
                if file.suffix.lower() in SUFFIXES and file.is_file()
            )
        else:
            # The user named this file, so its suffix does not matter.
            yield path


def _progress() -> Progress:
    console = Console(stderr=True)
    return Progress(
        TextColumn("[progress.description]{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
        # Standard output carries the result, so a line must never be lost or altered.
        redirect_stdout=False,
        redirect_stderr=False,
    )


def _print_symbols(file: Path, decoded: Decoded, rules: TagRules, *, explain: bool) -> None:
    for symbol in decoded.symbols:
        reading = read_code(symbol.code, symbology=symbol.symbology, rules=rules)
        identifier = reading.candidates[0] if reading.candidates else None
        line: dict[str, Any] = {
            "file": str(file),
            "text": symbol.text,
            "bytes_base64": base64.b64encode(symbol.bytes).decode(),
            "symbology": symbol.symbology,
            "polygon": [[round(x, 1), round(y, 1)] for x, y in symbol.polygon],
            "identifier": (
                {"scheme": identifier.scheme, "value": identifier.value} if identifier else None
            ),
        }
        if symbol.aim:
            line["aim"] = symbol.aim
        if symbol.add_on:
            line["add_on"] = symbol.add_on
        if reading.problem:
            line["problem"] = reading.problem
        if explain:
            line["found_by"] = symbol.found_by
        _print(line)
    if explain:
        _print(
            {
                "file": str(file),
                "width": decoded.width,
                "height": decoded.height,
                "elapsed_ms": round(decoded.elapsed_ms, 1),
                "passes": [
                    {"pass": run.name, "ms": round(run.elapsed_ms, 1), "found": list(run.found)}
                    for run in decoded.passes
                ],
            }
        )


def _describe(error: Exception) -> dict[str, str]:
    if isinstance(error, PictureRefused):
        return {"code": error.code, "message": error.message}
    code = "undecodable" if isinstance(error, PictureFailed) else "unreadable"
    return {"code": code, "message": str(error)}


def _print(line: dict[str, Any]) -> None:
    # Escaped, because a hostile label could otherwise send control sequences to the terminal.
    click.echo(json.dumps(line))
