"""What is told about the support of what devices run, and about what is exploited."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from scanner_app.domain.notices.kinds import NewNotice, NoticeKind

SUPPORT_DAYS = (180, 90, 30)
# A catalogue of years is read at once: what was added long ago is not news.
NEWS = timedelta(days=30)


def support_ends(
    product: str,
    cycle: str,
    title: str,
    ends_on: date,
    count: int,
    *,
    today: date,
    days: Sequence[int] = SUPPORT_DAYS,
) -> NewNotice | None:
    """Return the notice that holds of a release which devices run; None if its end is far."""
    left = (ends_on - today).days
    is_over = left < 0
    steps = [step for step in days if left <= step]
    if not is_over and not steps:
        return None
    step = "over" if is_over else f"{min(steps)}d"
    return NewNotice(
        key=f"support:{product}:{cycle}:{ends_on.isoformat()}:{step}",
        kind=NoticeKind.SUPPORT_ENDS,
        topic=f"support:{product}:{cycle}:{ends_on.isoformat()}",
        params={
            "product": product,
            "cycle": cycle,
            "title": title,
            "day": ends_on.isoformat(),
            "is_over": is_over,
            "count": count,
        },
        due_on=ends_on,
    )


def known_exploited(
    cve: str, title: str, added_on: date, count: int, *, today: date
) -> NewNotice | None:
    """Return the notice of a vulnerability that may touch devices; None if it is not news."""
    if not count or today - added_on > NEWS:
        return None
    return NewNotice(
        key=f"exploited:{cve}",
        kind=NoticeKind.KNOWN_EXPLOITED,
        topic=f"exploited:{cve}",
        params={"cve": cve, "title": title, "count": count},
    )


def no_product_rule(system: str, count: int) -> NewNotice:
    """Return the notice of a system that no rule knows."""
    return NewNotice(
        key=f"no_rule:{system.casefold()}",
        kind=NoticeKind.NO_PRODUCT_RULE,
        topic=f"no_rule:{system.casefold()}",
        params={"system": system, "count": count},
    )
