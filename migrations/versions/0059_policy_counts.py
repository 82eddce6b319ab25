"""Count what policies found by an index"""

from __future__ import annotations

from alembic import op

revision = "0059_policy_counts"
down_revision = "0058_device_policies"
branch_labels = None
depends_on = None

INDEX = "ix_policy_result_policy_id_state"


def upgrade() -> None:
    op.create_index(INDEX, "policy_result", ["policy_id", "state"])


def downgrade() -> None:
    op.drop_index(INDEX, "policy_result")
