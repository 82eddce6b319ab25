"""Raise notices of what the check of all devices found, and end what does not hold any more."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from scanner_app.domain.health.dues import known_exploited, no_product_rule, support_ends
from scanner_app.domain.health.exploited import Grade
from scanner_app.domain.notices.kinds import NewNotice, NoticeKind
from scanner_app.domain.policies.dues import devices_failed, devices_topic
from scanner_app.domain.policies.gates import CheckState, Gate, SubjectKind
from scanner_app.domain.register.lifecycle import ENDED
from scanner_app.models import (
    Asset,
    DeviceHealth,
    Notice,
    Policy,
    PolicyResult,
    Vulnerability,
)
from scanner_app.queries.health.overview import list_release_counts, list_unknown_systems
from scanner_app.services.notices.raise_notice import clear_topics, raise_notice, raise_notices

HELD = (NoticeKind.SUPPORT_ENDS, NoticeKind.KNOWN_EXPLOITED, NoticeKind.NO_PRODUCT_RULE)


def forget_ended(session: Session) -> None:
    """Drop what is kept of devices that are retired or gone, and of policies not in use."""
    ended = select(Asset.id).where(Asset.status.in_(ENDED))
    session.execute(delete(DeviceHealth).where(DeviceHealth.asset_id.in_(ended)))
    of_devices = select(Policy.id).where(Policy.gate == Gate.NONE, Policy.is_active)
    session.execute(
        delete(PolicyResult).where(
            PolicyResult.subject_kind == SubjectKind.ASSET,
            PolicyResult.policy_id.in_(select(Policy.id).where(Policy.gate == Gate.NONE)),
            PolicyResult.subject_id.in_(ended) | PolicyResult.policy_id.not_in(of_devices),
        )
    )


def keep_counts(session: Session, counts: Counter[tuple[str, Grade]]) -> None:
    """Keep on how many devices each vulnerability is to be checked."""
    rows = session.execute(
        select(Vulnerability.id, Vulnerability.cve, Vulnerability.unpatched, Vulnerability.possible)
    ).all()
    for id_, cve, unpatched, possible in rows:
        found = counts[cve, Grade.UNPATCHED], counts[cve, Grade.POSSIBLE]
        if found != (unpatched, possible):
            session.execute(
                update(Vulnerability)
                .where(Vulnerability.id == id_)
                .values(unpatched=found[0], possible=found[1])
            )


def tell_health(session: Session, *, today: date, now: datetime) -> int:
    """Raise what holds of all devices today, end what does not, and return how many are new."""
    holding = _list_holding(session, today)
    raised = raise_notices(session, holding, now=now)
    standing = session.scalars(
        select(Notice.topic).where(Notice.cleared_at.is_(None), Notice.kind.in_(HELD)).distinct()
    )
    clear_topics(session, set(standing) - {one.topic for one in holding}, now=now)
    return raised + _tell_policies(session, now)


def _tell_policies(session: Session, now: datetime) -> int:
    """Raise one notice a policy for the devices that began to fail since the last one.

    Those of policies that no device fails are ended.
    """
    told = session.execute(
        select(Notice.topic, func.max(Notice.at))
        .where(Notice.kind == NoticeKind.POLICY_FAILED)
        .group_by(Notice.topic)
    )
    last = {row[0]: row[1] for row in told}
    rows = session.execute(
        select(Policy.id, Policy.code, Policy.title)
        .where(Policy.gate == Gate.NONE, Policy.is_active)
        .order_by(Policy.id)
    )
    raised, over = 0, set()
    for id_, code, title in rows.all():
        failing = (PolicyResult.policy_id == id_, PolicyResult.state == CheckState.FAIL)
        count, newest = session.execute(
            select(func.count(PolicyResult.id), func.max(PolicyResult.since)).where(*failing)
        ).one()
        told_at = last.get(devices_topic(id_))
        since = () if told_at is None else (PolicyResult.since > told_at,)
        new = session.scalar(select(func.count(PolicyResult.id)).where(*failing, *since)) or 0
        if new:
            notice = devices_failed(
                id_, code=code, title=title, new=new, count=count, newest=newest
            )
            raised += raise_notice(session, notice, now=now)
        if not count:
            over.add(devices_topic(id_))
    clear_topics(session, over, now=now)
    return raised


def _list_holding(session: Session, today: date) -> list[NewNotice]:
    ends = (
        support_ends(one.product, one.cycle, one.title, one.ends_on, one.count, today=today)
        for one in list_release_counts(session)
        if one.ends_on is not None
    )
    entries = session.execute(
        select(
            Vulnerability.cve,
            Vulnerability.title,
            Vulnerability.added_on,
            Vulnerability.unpatched + Vulnerability.possible,
        ).where(Vulnerability.unpatched + Vulnerability.possible > 0)
    )
    exploited = (known_exploited(*row, today=today) for row in entries)
    unknown = (no_product_rule(*one) for one in list_unknown_systems(session))
    return [one for one in (*ends, *exploited, *unknown) if one is not None]
