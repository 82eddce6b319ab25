"""What of notices is due by its own row, whatever became of its job."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from scanner_app.domain.jobs import JobKind
from scanner_app.domain.notices.deliveries import CHANNELS, OPEN_STATES
from scanner_app.models import Job, Notice, NoticeDelivery, NoticeTo


def list_due_messages(session: Session, *, now: datetime) -> set[tuple[JobKind, int]]:
    """Return the jobs that send what is due now, by kind and row; collected e-mails by user.

    What was being sent when its worker died is still due.
    """
    rows = session.execute(
        select(NoticeDelivery.id, NoticeDelivery.channel, NoticeDelivery.digest, NoticeTo.user_id)
        .outerjoin(NoticeTo, NoticeTo.id == NoticeDelivery.notice_to_id)
        .where(NoticeDelivery.state.in_(OPEN_STATES), NoticeDelivery.next_at <= now)
    )
    return {
        (CHANNELS[channel].job, id_)
        if digest is None or user_id is None  # only users have e-mails collected
        else (JobKind.MAIL_DIGEST, user_id)
        for id_, channel, digest, user_id in rows
    }


def list_unaddressed(session: Session, *, since: datetime) -> list[int]:
    """Return the notices that are not settled and have no job that addresses them, done or not.

    :param since: notices from this moment on; jobs that are done are kept for as long.
    """
    has_job = exists().where(Job.kind == JobKind.NOTICE_SEND.value, Job.row_id == Notice.id)
    statement = select(Notice.id).where(Notice.cleared_at.is_(None), Notice.at > since, ~has_job)
    return list(session.scalars(statement.order_by(Notice.id)))
