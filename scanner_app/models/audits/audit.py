"""Audits and their findings."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from scanner_app.domain.audits.findings import FindingState
from scanner_app.domain.audits.proposals import Decision, ProposalKind
from scanner_app.domain.audits.states import AuditState
from scanner_app.models.audits.tally import UNTALLIED_SQL
from scanner_app.models.base import Base, JSONType, enum_column

UNDECIDED = text("proposal IS NOT NULL AND decision IS NULL")
UNTALLIED = text(UNTALLIED_SQL)


class Audit(Base):
    """One count of the assets in a scope. The assets that it expects are its findings."""

    __tablename__ = "audit"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    state: Mapped[AuditState] = mapped_column(enum_column(AuditState, "state"))
    scope: Mapped[dict[str, Any]] = mapped_column(default=dict)
    policy: Mapped[dict[str, Any]] = mapped_column(default=dict)
    plan: Mapped[dict[str, Any]] = mapped_column(default=dict)
    is_blind: Mapped[bool] = mapped_column(default=False)
    # The locations whose second count is open, by id: anyone who counts there counts blind.
    recounts: Mapped[list[Any] | None] = mapped_column(JSONType)
    due_on: Mapped[date | None]
    created_at: Mapped[datetime]
    created_by: Mapped[str]
    frozen_at: Mapped[datetime | None]
    population_sha256: Mapped[str | None]
    # The next draw's nonce: secret until that draw. Its hash is known from the freeze on.
    nonce: Mapped[str | None]
    counting_started_at: Mapped[datetime | None]
    counting_ended_at: Mapped[datetime | None]
    # Each time of counting, as [start, end or null]; read and written by domain.audits.spans.
    counting_spans: Mapped[list[Any]] = mapped_column(JSONType, default=list)
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[str | None]
    revises_id: Mapped[int | None] = mapped_column(ForeignKey("audit.id"))

    __table_args__ = (Index("ix_audit_state", "state"),)


class Finding(Base):
    """The result for one asset or one unknown code in one audit.

    When counting starts, each expected asset gets a finding in the state missing, with the
    location, custodian and value that the register holds then. Anything that was not expected
    gets its finding when it is first seen.
    """

    __tablename__ = "finding"

    id: Mapped[int] = mapped_column(primary_key=True)
    audit_id: Mapped[int] = mapped_column(ForeignKey("audit.id", ondelete="CASCADE"))
    asset_id: Mapped[int | None] = mapped_column(ForeignKey("asset.id"))
    code_key: Mapped[str | None]
    code: Mapped[str | None]
    is_expected: Mapped[bool]
    state: Mapped[FindingState] = mapped_column(enum_column(FindingState, "state"))
    flags: Mapped[list[str]] = mapped_column(default=list)
    recorded_location_id: Mapped[int | None] = mapped_column(ForeignKey("location.id"))
    recorded_custodian_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    recorded_status: Mapped[str | None]
    value_cents: Mapped[int | None] = mapped_column(BigInteger)
    seen_at: Mapped[datetime | None]
    seen_location_id: Mapped[int | None] = mapped_column(ForeignKey("location.id"))
    seen_person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    sightings: Mapped[int] = mapped_column(default=0)
    # The newest scan of a missing asset that this audit does not count.
    outside_scan_id: Mapped[int | None] = mapped_column(ForeignKey("scan.id"))
    proposal: Mapped[ProposalKind | None] = mapped_column(
        enum_column(ProposalKind, "proposal", is_checked=False)
    )
    proposal_fields: Mapped[dict[str, Any]] = mapped_column(default=dict)
    decision: Mapped[Decision | None] = mapped_column(
        enum_column(Decision, "decision", is_checked=False)
    )
    reason: Mapped[str | None]
    decided_by: Mapped[str | None]
    decided_at: Mapped[datetime | None]
    # The newest decision; the acts hold the earlier ones too.
    decided_act_id: Mapped[int | None] = mapped_column(ForeignKey("act.id"))

    # Who clears it up, and until when: for the work, never for the seal. The acts hold both.
    assignee_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    due_on: Mapped[date | None]
    # The cell in which the kept tallies count it; only what is expected is in them.
    tallied: Mapped[int | None]

    __table_args__ = (
        UniqueConstraint("audit_id", "asset_id"),
        Index(
            "uq_finding_unregistered",
            "audit_id",
            "code_key",
            unique=True,
            sqlite_where=text("asset_id IS NULL"),
            postgresql_where=text("asset_id IS NULL"),
        ),
        Index("ix_finding_audit_id_state", "audit_id", "state"),
        # With the state, so that the pages of a count need not read the rows.
        Index(
            "ix_finding_audit_id_recorded_location_id_state",
            "audit_id",
            "recorded_location_id",
            "state",
        ),
        Index(
            "ix_finding_undecided",
            "audit_id",
            "recorded_location_id",
            "state",
            sqlite_where=UNDECIDED,
            postgresql_where=UNDECIDED,
        ),
        # For the page that closes an audit, which asks for each kind of decision.
        Index(
            "ix_finding_decided",
            "audit_id",
            "decision",
            "proposal",
            sqlite_where=text("decision IS NOT NULL"),
            postgresql_where=text("decision IS NOT NULL"),
        ),
        Index(
            "ix_finding_untallied",
            "audit_id",
            sqlite_where=UNTALLIED,
            postgresql_where=UNTALLIED,
        ),
        Index("ix_finding_asset_id", "asset_id"),
        Index(
            "ix_finding_code_key",
            "code_key",
            sqlite_where=text("asset_id IS NULL"),
            postgresql_where=text("asset_id IS NULL"),
        ),
        CheckConstraint("(asset_id IS NULL) = (code_key IS NOT NULL)", name="asset_or_code"),
        CheckConstraint(
            "(state = 'unregistered') = (asset_id IS NULL)", name="unregistered_has_no_asset"
        ),
        CheckConstraint("state <> 'missing' OR is_expected", name="missing_was_expected"),
    )
