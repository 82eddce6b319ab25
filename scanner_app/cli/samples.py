"""`scanner-app audits draw`, `sizes` and `estimate`: repeat the arithmetic of a sample.

They need no database: anyone who has the frozen list and the seed can check a draw.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import click

from scanner_app.domain.audits.sampling.drawing import (
    Candidate,
    Seed,
    draw_by_count,
    draw_places,
    draw_with_values,
)
from scanner_app.domain.audits.sampling.intervals import (
    CONCLUSIONS,
    Group,
    bound_count,
    bound_count_above,
    bound_count_below,
    conclude,
    estimate_places,
    estimate_strata,
)
from scanner_app.domain.audits.sampling.monetary import estimate_value
from scanner_app.domain.audits.sampling.population import hash_population, read_population
from scanner_app.domain.audits.sampling.rates import read_rate
from scanner_app.domain.audits.sampling.redraw import find_wrong_draws
from scanner_app.domain.audits.sampling.sizes import (
    Stratum,
    allocate,
    size_by_value,
    size_to_accept,
    size_to_estimate,
)
from scanner_app.domain.audits.sampling.words import (
    say_acceptance,
    say_count,
    say_precision,
    say_share,
    say_value,
    say_worth,
)
from scanner_app.domain.money import read_money

MAX_THINGS = 10_000_000
COUNT = click.IntRange(0, MAX_THINGS)
ONE_OR_MORE = click.IntRange(1, MAX_THINGS)


class Read(click.ParamType):  # type: ignore[type-arg] # generic since click 8.4
    """An option that a function of `domain/` reads; its reasons are shown as they are."""

    def __init__(self, name: str, reader: Callable[[str], Any]) -> None:
        self.name = name
        self.reader = reader

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        try:
            return self.reader(value) if isinstance(value, str) else value
        except ValueError as error:
            self.fail(str(error), param, ctx)


def _read_confidence(text: str) -> Fraction:
    rate = read_rate(text)
    if not Fraction(1, 2) <= rate < 1:
        raise ValueError("Enter a confidence of 50 % or more, below 100 %, such as 95%.")
    return rate


def _read_group(text: str) -> tuple[Fraction, ...]:
    """Read numbers between strokes, such as ``300/17/0``."""
    try:
        numbers = tuple(Fraction(part) for part in text.split("/"))
    except (ValueError, ZeroDivisionError):
        numbers = ()
    if not numbers or any(number < 0 for number in numbers):
        raise ValueError("Enter numbers between strokes, such as 300/17/0.")
    return numbers


RATE, MONEY = Read("rate", read_rate), Read("amount", read_money)
GROUP = Read("numbers", _read_group)
confidence_option = click.option(
    "--confidence",
    type=Read("rate", _read_confidence),
    default="95%",
    show_default=True,
    help="How sure to be.",
)


@click.command("draw")
@click.option(
    "--population",
    "file",
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="JSON: the frozen list, or a report that holds it.",
)
@click.option("--seed", required=True, help="The seed as recorded.")
@click.option("--size", type=COUNT, default=0, help="How many are drawn.")
@click.option("--by-value", is_flag=True, help="Draw by value: money is the unit (PPS).")
@click.option("--currency", help="Draw the values in this currency; the others are as without one.")
@click.option("--places", type=COUNT, default=0, help="At how many places the floor is looked at.")
@click.option(
    "--step",
    type=click.IntRange(1, 1000),
    default=5,
    show_default=True,
    help="Every how many things one is looked up there.",
)
def draw_command(
    file: Path,
    *,
    seed: str,
    size: int,
    by_value: bool,
    currency: str | None,
    places: int,
    step: int,
) -> None:
    """Draw a sample again, from the frozen list and the seed.

    Print the hash of the list, then each member in the order of the draw: its number, what it is
    drawn as, its tag and its rank.
    """
    try:
        rows = read_population(json.loads(file.read_bytes()))
    except (ValueError, RecursionError) as error:
        raise click.BadParameter(
            f"is not a frozen list: {error}.", param_hint="--population"
        ) from None
    known = {row.currency for row in rows if row.value_cents}
    if by_value and currency is None and len(known) > 1:
        raise click.UsageError(f"The list holds values in {', '.join(sorted(known))}: --currency.")
    made_of = Seed(seed, hash_population(rows))
    members = [
        Candidate(row.tag, row.value_cents if currency in {None, row.currency} else None)
        for row in rows
    ]
    drawn = (
        draw_with_values(made_of, members, size)
        if by_value
        else draw_by_count(made_of, members, {"": size})
    )
    click.echo(f"{len(rows)} members, SHA-256 {made_of.population_sha256}")
    for one in drawn:
        click.echo(f"{one.position}\t{one.drawn_as.value}\t{one.tag}\t{one.rank}")
    codes = {row.place for row in rows if row.place}
    for start in draw_places(made_of, codes, number=places, step=step):
        click.echo(f"place\t{start.place}\tfrom number {start.first}, every {step}")


@click.command("redraw")
@click.argument("report", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def redraw_command(report: Path) -> None:
    """Draw every sample of REPORT again, and compare.

    Exit with 0 if each is what its seed draws, with 1 and the reasons if not, with 2 if the report
    holds no sample.
    """
    try:
        document = json.loads(report.read_bytes())
        faults = find_wrong_draws(document)
    except (ValueError, RecursionError) as error:
        raise click.BadParameter(f"cannot be checked: {error}.", param_hint="REPORT") from None
    for fault in faults:
        click.echo(f"WRONG: {ascii(fault)[1:-1]}.", err=True)
    if faults:
        sys.exit(1)
    click.echo(f"{len(document['sample']['draws'])} drawn again: as the report states.")


@click.command("sizes")
@click.option("--population", type=COUNT, help="How many assets the audit covers.")
@click.option("--tolerable", type=RATE, help="Show that at most this share is missing.")
@click.option("--expected", type=RATE, default="0", help="The share expected to be missing.")
@click.option("--allowed", type=COUNT, help="How many of the sample may be missing.")
@click.option("--margin", type=RATE, help="Estimate the share to within this much.")
@click.option("--stratum", type=GROUP, multiple=True, help="MEMBERS/RATE; shares --size out.")
@click.option("--size", type=ONE_OR_MORE, help="How many are drawn from all strata.")
@click.option("--value", type=MONEY, help="The value that the audit covers.")
@click.option("--tolerable-value", type=MONEY, help="Show that at most this value is missing.")
@click.option("--expected-value", type=MONEY, default="0", help="The value expected missing.")
@confidence_option
def sizes_command(**given: Any) -> None:
    """Print how many assets a sample needs, and what it shows."""
    sizes = [*_say_rates(**given), *_say_strata(**given), *_say_values(**given)]
    if not sizes:
        raise click.UsageError(
            "Give --population with --tolerable or --margin; or --stratum with --size; "
            "or --value with --tolerable-value."
        )
    for line in sizes:
        click.echo(line)


def _say_rates(
    population: int | None,
    tolerable: Fraction | None,
    expected: Fraction,
    allowed: int | None,
    margin: Fraction | None,
    confidence: Fraction,
    **_more: Any,
) -> list[str]:
    lines: list[str] = []
    if population and tolerable:
        sample = size_to_accept(
            population,
            tolerable=tolerable,
            confidence=confidence,
            expected=expected,
            allowed=allowed,
        )
        lines.append(say_acceptance(population, sample, tolerable=tolerable, confidence=confidence))
    if population and margin:
        size = size_to_estimate(
            population, margin=margin, expected=expected or Fraction(1, 2), confidence=confidence
        )
        lines.append(say_precision(population, size, margin=margin, confidence=confidence))
    return lines


def _say_strata(
    stratum: tuple[tuple[Fraction, ...], ...], size: int | None, **_more: Any
) -> list[str]:
    if not stratum or size is None:
        return []
    if any(len(numbers) != 2 or numbers[1] > 1 for numbers in stratum):  # noqa: PLR2004 - a pair
        raise click.BadParameter("is MEMBERS/RATE, such as 300/0.02.", param_hint="--stratum")
    parts = [
        Stratum(f"{number:04}", int(members), rate)
        for number, (members, rate) in enumerate(stratum)
    ]
    taken = allocate(size, parts)
    return [f"{taken[part.name]:,} of {part.members:,}" for part in parts]


def _say_values(
    value: int | None,
    tolerable_value: int | None,
    expected_value: int,
    confidence: Fraction,
    **_more: Any,
) -> list[str]:
    if not value or not tolerable_value:
        return []
    try:
        size = size_by_value(
            value,
            tolerable_cents=tolerable_value,
            expected_cents=expected_value,
            confidence=confidence,
        )
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--expected-value") from None
    return [say_value(value, "", size, tolerable_cents=tolerable_value, confidence=confidence)]


@click.command("estimate")
@click.option("--population", type=ONE_OR_MORE, help="How many assets the audit covered.")
@click.option("--drawn", type=ONE_OR_MORE, help="How many were drawn.")
@click.option("--found", type=COUNT, help="How many of those are missing.")
@click.option("--tolerable", type=RATE, help="The share that is tolerable.")
@click.option("--stratum", type=GROUP, multiple=True, help="MEMBERS/DRAWN/FOUND of a stratum.")
@click.option("--place", type=GROUP, multiple=True, help="DRAWN/FOUND of a place on the floor.")
@click.option("--value", type=MONEY, help="The value that was drawn from.")
@click.option("--taint", type=RATE, multiple=True, help="The part of one asset's value missing.")
@confidence_option
def estimate_command(**given: Any) -> None:
    """Print what a sample shows: the estimate, and the bounds that fit it."""
    lines = [*_estimate_simple(**given), *_estimate_groups(**given), *_estimate_worth(**given)]
    if not lines:
        raise click.UsageError(
            "Give --population, --drawn and --found; or --stratum twice; or --place twice; "
            "or --value with --drawn."
        )
    for line in lines:
        click.echo(line)


def _estimate_simple(
    population: int | None,
    drawn: int | None,
    found: int | None,
    tolerable: Fraction | None,
    confidence: Fraction,
    **_more: Any,
) -> list[str]:
    if population is None or drawn is None or found is None:
        return []
    if not found <= drawn <= population:
        raise click.UsageError("--found is at most --drawn, and --drawn at most --population.")
    bounds = bound_count(population, drawn, found, confidence)
    lines = [say_count(population, drawn, found, bounds)]
    if tolerable is not None:
        most = bound_count_above(population, drawn, found, confidence)
        least = bound_count_below(population, drawn, found, confidence)
        conclusion = CONCLUSIONS[conclude(least, most, tolerable * population)]
        lines.append(f"At most {most:,}, one-sided. {conclusion.label}.")
    return lines


def _estimate_groups(
    stratum: tuple[tuple[Fraction, ...], ...],
    place: tuple[tuple[Fraction, ...], ...],
    confidence: Fraction,
    **_more: Any,
) -> list[str]:
    lines: list[str] = []
    try:
        if stratum:
            strata = [_to_group(*map(int, numbers)) for numbers in stratum]
            lines.append(say_share(estimate_strata(strata, confidence)))
        if place:
            places = [_to_group(MAX_THINGS, *map(int, numbers)) for numbers in place]
            lines.append(say_share(estimate_places(places, confidence)))
    except (TypeError, ArithmeticError, ValueError):
        raise click.UsageError(
            "--stratum is MEMBERS/DRAWN/FOUND and --place is DRAWN/FOUND, each at least twice, "
            "with two drawn of each."
        ) from None
    return lines


def _to_group(members: int, drawn: int, found: int) -> Group:
    if not found <= drawn <= members:
        raise ValueError
    return Group(members, drawn, found)


def _estimate_worth(
    value: int | None,
    drawn: int | None,
    taint: tuple[Fraction, ...],
    confidence: Fraction,
    **_more: Any,
) -> list[str]:
    if value is None or drawn is None:
        return []
    return [say_worth(estimate_value(Fraction(value, drawn), taint, confidence))]
