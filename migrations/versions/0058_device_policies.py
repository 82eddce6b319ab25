"""Ship policies of devices: rows that the daily check looks at"""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

from scanner_app.models.base import JSONType, UTCDateTime

revision = "0058_device_policies"
down_revision = "0057_requests"
branch_labels = None
depends_on = None

SHIPPED_AT = datetime(2026, 12, 1, tzinfo=UTC)
LIMITS = {"disk_free": 10, "battery": 60, "cpu": 90, "boot": 120}
# Code, title, check, severity, params.
SHIPPED = (
    ("encrypted", "Disks are encrypted", "encrypted", "high", {}),
    ("antivirus", "Devices have antivirus", "antivirus_on", "high", {}),
    ("firewall", "Devices keep their firewall on", "firewall_on", "high", {}),
    ("heard-of", "Devices report", "seen_within", "normal", {"days": 30}),
    ("patched", "Devices are patched", "patched_within", "normal", {"days": 45}),
    ("sighted", "Devices are seen", "sighted_within", "normal", {"days": 365}),
    ("supported", "What devices run is supported", "os_supported", "high", {"grace_days": 0}),
    ("exploited", "Nothing exploited is open", "not_known_exploited", "high", {"grace_days": 0}),
    ("performs", "Devices perform", "performs", "low", LIMITS),
)
POLICY = sa.table(
    "policy",
    *(sa.column(name) for name in ("id", "code", "version", "title", "reference", "stage")),
    sa.column("applies", JSONType), sa.column("check"), sa.column("params", JSONType),
    *(sa.column(name) for name in ("gate", "mode", "severity", "is_active")),
    sa.column("changed_at", UTCDateTime(timezone=True)), sa.column("changed_by"),
)
VERSION = sa.table(
    "policy_version",
    sa.column("policy_id"), sa.column("version"), sa.column("content", JSONType),
    sa.column("at", UTCDateTime(timezone=True)), sa.column("by"),
)


def upgrade() -> None:
    bind = op.get_bind()
    for code, title, check, severity, params in SHIPPED:
        content = {
            "code": code, "title": title, "reference": "", "stage": 3, "applies": {},
            "check": check, "params": params, "gate": "none", "mode": "warn",
            "severity": severity, "is_active": True,
        }
        bind.execute(
            POLICY.insert().values(**content, version=1, changed_at=SHIPPED_AT, changed_by="scanner-app")
        )
        number = bind.scalar(sa.select(POLICY.c.id).where(POLICY.c.code == code))
        bind.execute(
            VERSION.insert().values(
                policy_id=number, version=1, content=content, at=SHIPPED_AT, by="scanner-app"
            )
        )


def downgrade() -> None:
    codes = [code for code, *_ in SHIPPED]
    numbers = sa.select(POLICY.c.id).where(POLICY.c.code.in_(codes))
    for table in ("policy_result", "waiver", "policy_version"):
        one = sa.table(table, sa.column("policy_id"))
        op.execute(sa.delete(one).where(one.c.policy_id.in_(numbers)))
    op.execute(sa.delete(POLICY).where(POLICY.c.code.in_(codes)))
