"""Policies with their versions, what their checks found, and waivers."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from scanner_app.domain.policies.checks import Check
from scanner_app.domain.policies.gates import CheckState, Gate, Mode, Severity, SubjectKind
from scanner_app.models.base import Base, enum_column


class Policy(Base):
    """What must hold: one check with its params, for what it applies to, at one gate.

    :param version: counts from 1; what each said is a `PolicyVersion`.
    :param applies: lists by `kinds`, `categories`, `models`, `classifications`, `methods`; one that
        is missing narrows nothing.
    """

    __tablename__ = "policy"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    version: Mapped[int] = mapped_column(default=1)
    title: Mapped[str]
    reference: Mapped[str] = mapped_column(default="")
    stage: Mapped[int]
    applies: Mapped[dict[str, Any]] = mapped_column(default=dict)
    check: Mapped[Check] = mapped_column(enum_column(Check, "check", is_checked=False))
    params: Mapped[dict[str, Any]] = mapped_column(default=dict)
    gate: Mapped[Gate] = mapped_column(enum_column(Gate, "gate", is_checked=False))
    mode: Mapped[Mode] = mapped_column(enum_column(Mode, "mode", is_checked=False))
    severity: Mapped[Severity] = mapped_column(enum_column(Severity, "severity", is_checked=False))
    is_active: Mapped[bool] = mapped_column(default=True)
    changed_at: Mapped[datetime]
    changed_by: Mapped[str]

    __table_args__ = (
        CheckConstraint("stage BETWEEN 1 AND 5", name="is_of_a_stage"),
        Index("ix_policy_gate", "gate"),
    )


class PolicyVersion(Base):
    """What a policy said in one version. Rows are only added.

    :param content: the columns of `policy` as JSON.
    """

    __tablename__ = "policy_version"

    id: Mapped[int] = mapped_column(primary_key=True)
    policy_id: Mapped[int] = mapped_column(ForeignKey("policy.id", ondelete="CASCADE"))
    version: Mapped[int]
    content: Mapped[dict[str, Any]] = mapped_column(default=dict)
    at: Mapped[datetime]
    by: Mapped[str]

    __table_args__ = (UniqueConstraint("policy_id", "version"),)


class PolicyResult(Base):
    """What a policy's check found about one subject when it last looked. One row each.

    :param since: when it became so; a later check that finds the same leaves it.
    """

    __tablename__ = "policy_result"

    id: Mapped[int] = mapped_column(primary_key=True)
    policy_id: Mapped[int] = mapped_column(ForeignKey("policy.id", ondelete="CASCADE"))
    subject_kind: Mapped[SubjectKind] = mapped_column(
        enum_column(SubjectKind, "subject_kind", is_checked=False)
    )
    subject_id: Mapped[int]
    state: Mapped[CheckState] = mapped_column(enum_column(CheckState, "state"))
    detail: Mapped[str] = mapped_column(Text, default="")
    since: Mapped[datetime]
    checked_at: Mapped[datetime]

    __table_args__ = (
        UniqueConstraint("policy_id", "subject_kind", "subject_id"),
        Index("ix_policy_result_subject_kind_subject_id", "subject_kind", "subject_id"),
        # All that the counts of policies read.
        Index("ix_policy_result_policy_id_state", "policy_id", "state"),
    )


class Waiver(Base):
    """Who lets a subject pass a policy, why, and until which day. It may be taken back.

    :param by_key: the person who waived it, such as ``user:5``.
    """

    __tablename__ = "waiver"

    id: Mapped[int] = mapped_column(primary_key=True)
    policy_id: Mapped[int] = mapped_column(ForeignKey("policy.id", ondelete="CASCADE"))
    subject_kind: Mapped[SubjectKind] = mapped_column(
        enum_column(SubjectKind, "subject_kind", is_checked=False)
    )
    subject_id: Mapped[int]
    reason: Mapped[str]
    until_on: Mapped[date]
    at: Mapped[datetime]
    by: Mapped[str]
    by_key: Mapped[str]
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by: Mapped[str | None]

    __table_args__ = (Index("ix_waiver_subject_kind_subject_id", "subject_kind", "subject_id"),)
