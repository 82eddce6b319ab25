"""The gate of deployments: what policies say when one is about to be done."""

from __future__ import annotations

import json
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from scanner_app.domain.access.roles import Actor
from scanner_app.domain.policies.gates import Gate, Scope, SubjectKind
from scanner_app.domain.policies.subjects import DeploymentSubject
from scanner_app.domain.stockroom.handovers import HandoverEventKind, HandoverKind
from scanner_app.models import (
    Asset,
    AssetModel,
    Category,
    Custody,
    Handover,
    HandoverEvent,
    HandoverLine,
    Person,
    Task,
    TaskAnswer,
)
from scanner_app.services.policies.check_gates import Found, Subject, pass_gate


def pass_deploy_gate(
    session: Session, task: Task, *, actor: Actor, today: date, now: datetime
) -> list[Found]:
    """Return what the policies of deployments found about one.

    :param actor: who ends it. Their waivers do not count, nor those of the user it is assigned to.

    :raises Conflict: one that blocks does not hold (`policy_blocked`).
    """
    row = session.execute(
        select(Asset.kind, Category.name, AssetModel.name)
        .outerjoin(Category, Category.id == Asset.category_id)
        .outerjoin(AssetModel, AssetModel.id == Asset.model_id)
        .where(Asset.id == task.asset_id)
    ).one_or_none()
    about = Scope()
    if row is not None:
        kind, category, model = row
        about = Scope(
            kinds=frozenset({kind.value}),
            categories=frozenset({category} if category else ()),
            models=frozenset({model} if model else ()),
        )
    facts = _read_facts(session, task)
    without = {actor.doer_key, f"user:{task.assignee_id}"}
    subject = Subject(SubjectKind.TASK, task.id, about, facts, without)
    return pass_gate(session, Gate.DEPLOY, subject, today=today, now=now)


def _read_facts(session: Session, task: Task) -> DeploymentSubject:
    """Return who has the thing, and whether that person signed since they have it."""
    held = session.execute(
        select(Custody.person_id, Person.name, Custody.started_at)
        .join(Person, Person.id == Custody.person_id)
        .where(Custody.asset_id == task.asset_id, Custody.ended_at.is_(None))
    ).first()
    if held is None:
        return DeploymentSubject("", is_signed=False)
    person_id, name, since = held
    in_task = select(TaskAnswer.id).where(
        TaskAnswer.task_id == task.id, TaskAnswer.signature_sha256.is_not(None)
    )
    is_signed = session.scalar(in_task.limit(1)) is not None
    return DeploymentSubject(
        name, is_signed=is_signed or _has_signed(session, task.asset_id or 0, person_id, since)
    )


def _has_signed(session: Session, asset_id: int, person_id: int, since: datetime) -> bool:
    """Return whether a person signed a hand-over of an asset, or accepted one by link."""
    rows = session.execute(
        select(Handover.id, Handover.body)
        .join(HandoverLine, HandoverLine.handover_id == Handover.id)
        .where(
            HandoverLine.asset_id == asset_id,
            Handover.person_id == person_id,
            Handover.kind == HandoverKind.ISSUE,
            Handover.at >= since,
        )
    ).all()
    if any(json.loads(body).get("signature") for _, body in rows):
        return True
    accepted = select(HandoverEvent.id).where(
        HandoverEvent.handover_id.in_([id_ for id_, _ in rows]),
        HandoverEvent.kind == HandoverEventKind.ACCEPTED,
    )
    return session.scalar(accepted.limit(1)) is not None
