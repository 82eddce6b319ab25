"""`scanner-app devices`: look at the health of all devices."""

from __future__ import annotations

import csv
import resource
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import click

from scanner_app.cli.context import open_app
from scanner_app.domain.health.reliability import DriveCount, count_drives, round_to
from scanner_app.edge.organisation import current_organisation
from scanner_app.worker.device_check.run import check_all


@click.group("devices")
def devices_command() -> None:
    """Look at what devices report."""


@devices_command.command("check")
@click.option(
    "--on",
    "day",
    type=click.DateTime(["%Y-%m-%d"]),
    help="The day to look at; default: today. A worker does it once a day by itself.",
)
def check_command(day: datetime | None) -> None:
    """Look at all devices, in parts; print how long it took and how much memory it needed."""
    now, begun = datetime.now(UTC), time.process_time()
    with open_app():
        today = day.date() if day else now.astimezone(current_organisation().zone).date()
        told = check_all(today, now)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    click.echo(
        f"{today}: {told:,} new notices, {time.process_time() - begun:.1f} s of processor time,"
        f" {peak:,.0f} MB at most."
    )


@devices_command.command("failure-rates")
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
def failure_rates_command(files: tuple[Path, ...]) -> None:
    """Print failures a year by model, from daily rows of drives.

    FILES are CSV files with date, serial_number, model and failure, as Backblaze publishes them, or
    folders of such files. They are read line by line.
    """
    counts: dict[str, list[int]] = {}
    for path in files:
        for file in sorted(path.rglob("*.csv")) if path.is_dir() else [path]:
            with file.open(encoding="utf-8-sig", newline="") as lines:
                try:
                    count_drives(csv.DictReader(lines), counts)
                except (ValueError, csv.Error) as error:
                    raise click.ClickException(f"{file}: {error}") from None
    found = {model: DriveCount(*sums) for model, sums in counts.items()}
    click.echo(f"{'model':<40} {'days':>12} {'failed':>8} {'% a year':>9}")
    for model, one in sorted(found.items(), key=lambda row: -row[1].drive_days):
        click.echo(f"{model:<40} {one.drive_days:>12,} {one.failures:>8,} {_say(one):>9}")
    click.echo(
        f"{'all':<40} {_sum(found.values()).drive_days:>12,}"
        f" {_sum(found.values()).failures:>8,} {_say(_sum(found.values())):>9}"
    )


def _sum(counts: Iterable[DriveCount]) -> DriveCount:
    rows = list(counts)
    return DriveCount(sum(r.drive_days for r in rows), sum(r.failures for r in rows))


def _say(count: DriveCount) -> str:
    percent = count.yearly_percent
    return "n/a" if percent is None else str(round_to(percent, 2))
