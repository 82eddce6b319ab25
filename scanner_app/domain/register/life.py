"""How far an asset is through its life: its age, its warranty, and what is left of its cost."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from scanner_app.domain.months import MONTHS_A_YEAR, add_months, whole_months


@dataclass(frozen=True, slots=True)
class LifeBar:
    """One small bar: how full it is, and what it says. `is_over` marks an end that is past."""

    label: str
    share: float
    text: str
    is_over: bool = False


def measure_life(
    *,
    bought: date | None,
    cost_cents: int | None,
    currency: str | None,
    warranty_months: int | None,
    ends: date | None,
    today: date,
) -> list[LifeBar]:
    """Return the bars that can be drawn of what is known.

    The value falls in a straight line from the cost to nothing at the end of life: a guide for
    people, and not what the books say.
    """
    if bought is None or bought > today:
        return []
    bars: list[LifeBar] = []
    if ends is not None and ends > bought:
        used = min(1.0, (today - bought) / (ends - bought))
        if cost_cents:
            left = round(cost_cents * (1 - used) / 100)
            money = f"{left:,} of {round(cost_cents / 100):,}{f' {currency}' if currency else ''}"
            bars.append(LifeBar("Value, straight line", 1 - used, money))
        of = f"{show_span(bought, today)} of {show_span(bought, ends)}"
        bars.append(LifeBar("Age", used, of, is_over=today >= ends))
    else:
        bars.append(LifeBar("Age", 0.0, show_span(bought, today)))
    if warranty_months:
        over = add_months(bought, warranty_months)
        is_over = over <= today
        text = (
            f"ended {show_span(over, today)} ago" if is_over else f"{show_span(today, over)} left"
        )
        rest = 1 - min(1.0, (today - bought) / (over - bought))
        bars.append(LifeBar("Warranty", rest, text, is_over))
    return bars


def show_span(first: date, last: date) -> str:
    """Return the time between two days in the unit that says most."""
    months = whole_months(first, last)
    if months >= 2 * MONTHS_A_YEAR:
        years = months / MONTHS_A_YEAR
        return f"{years:.1f} years".replace(".0 ", " ")
    if months >= 1:
        return f"{months} month{'' if months == 1 else 's'}"
    days = (last - first).days
    return f"{days} day{'' if days == 1 else 's'}"
