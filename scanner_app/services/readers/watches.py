"""Looking for a tag: what readers listen for while a page is open, and what they heard.

These are not scans. A sample is the strength of a tag at one moment. It is stored for a minute
beside the watch, and never enters the log.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from scanner_app.domain.errors import Conflict
from scanner_app.domain.readers.signal import KEPT_S, Sample
from scanner_app.models import TagWatch
from scanner_app.queries.readers.watches import find_tag_codes

# A watch ends by itself this long after the page last asked.
WATCH_LIFE = timedelta(seconds=30)
# A page asks every second. The watch is only written again after this share of its life.
STALE = timedelta(seconds=10)
MAX_WATCHED = 20
KEPT_SAMPLES = 200


def is_watch_fresh(session: Session, *, asset_id: int, now: datetime) -> bool:
    """Return whether a watch has so much of its life left that nothing needs to be written."""
    expires_at = session.scalar(select(TagWatch.expires_at).where(TagWatch.asset_id == asset_id))
    return expires_at is not None and expires_at - now > WATCH_LIFE - STALE


def watch_asset(session: Session, *, asset_id: int, now: datetime) -> bool:
    """Have readers listen for an asset's tag. Calling this again keeps the watch alive.

    Return False if the asset has no code that a reader could report.

    :raises Conflict: the maximum number of tags is already looked for.
    """
    session.execute(delete(TagWatch).where(TagWatch.expires_at <= now))
    watch = session.scalar(select(TagWatch).where(TagWatch.asset_id == asset_id).with_for_update())
    if watch is not None:
        watch.expires_at = now + WATCH_LIFE
        return True
    codes = find_tag_codes(session, asset_id)
    if not codes:
        return False
    if (session.scalar(select(func.count(TagWatch.id))) or 0) >= MAX_WATCHED:
        raise Conflict(
            f"{MAX_WATCHED} assets are already being looked for. Wait until someone has found one.",
            code="too_many_watched",
        )
    session.add(
        TagWatch(
            asset_id=asset_id,
            codes=codes,
            signals={"heard": []},
            started_at=now,
            expires_at=now + WATCH_LIFE,
        )
    )
    return True


def note_signals(session: Session, *, signals: Sequence[tuple[str, Sample]], now: datetime) -> None:
    """Store how strongly tags were heard that someone is looking for. Others are dropped.

    :param signals: the tag's code as read, and the sample.
    """
    heard: dict[str, list[Sample]] = {}
    for code, sample in signals:
        heard.setdefault(code.upper(), []).append(sample)
    watches = session.scalars(
        select(TagWatch).where(TagWatch.expires_at > now).order_by(TagWatch.id).with_for_update()
    )
    oldest = now.timestamp() - KEPT_S
    for watch in watches:
        fresh = [sample for code in watch.codes for sample in heard.get(code, ())]
        if not fresh:
            continue
        kept = [row for row in watch.signals.get("heard", []) if row[0] >= oldest]
        kept += [list(astuple(sample)) for sample in fresh]
        kept.sort(key=lambda row: row[0])
        watch.signals = {"heard": kept[-KEPT_SAMPLES:]}
