"""Keep what proves an item, what a checklist is for, planned tasks, and what devices report"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from scanner_app.models.base import JSONType, UTCDateTime

revision = "0032_proofs"
down_revision = "0031_calendars"
branch_labels = None
depends_on = None

MOMENT = UTCDateTime(timezone=True)
RUNNING = "state IN ('open', 'waiting')"
RUNNING_OR_PLANNED = "state IN ('planned', 'open', 'waiting')"
TASK = (
    "id, key, kind, state, title, asset_id, assignee_id, due_on, items, data, started_at,"
    " opened_by, closed_at, closed_by, outcome"
)
ANSWER = "id, uuid, task_id, item_key, is_ticked, note, at, actor, actor_name"
CHECKLIST = "id, category_id, key, version, items, changed_at, changed_by"


def upgrade() -> None:
    _rebuild(states=("planned", "open", "waiting", "done", "cancelled"), is_new=True)
    _set_aside("checklist")
    _make_checklist(is_new=True)
    op.execute(
        "INSERT INTO checklist (id, kind, name, category_id, key, version, items, changed_at,"
        " changed_by) SELECT id, 'maintenance', '', category_id, 'maintenance:' || key || ':',"
        " version, items, changed_at, changed_by FROM old_checklist"
    )
    op.execute("DROP TABLE old_checklist")
    _follow_ids("checklist")
    op.create_table(
        "device_fact",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("asset_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("on_day", sa.Date(), nullable=False),
        sa.Column("observed_at", MOMENT, nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("actor_name", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["asset_id"], ["asset.id"], name="fk_device_fact_asset_id_asset", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_device_fact"),
        sa.UniqueConstraint(
            "asset_id", "name", "on_day", name="uq_device_fact_asset_id_name_on_day"
        ),
    )
    op.create_index("ix_device_fact_on_day", "device_fact", ["on_day"])


def downgrade() -> None:
    op.drop_table("device_fact")
    op.execute("UPDATE task SET state = 'open' WHERE state = 'planned'")
    op.execute("DELETE FROM task_answer WHERE task_id IN"
               " (SELECT id FROM task WHERE kind = 'deployment')")
    op.execute("DELETE FROM task WHERE kind = 'deployment'")
    _rebuild(states=("open", "waiting", "done", "cancelled"), is_new=False)
    op.execute("DELETE FROM checklist WHERE kind <> 'maintenance' OR model_id IS NOT NULL")
    op.execute("UPDATE checklist SET key = COALESCE(CAST(category_id AS TEXT), '')")
    _set_aside("checklist")
    _make_checklist(is_new=False)
    op.execute(f"INSERT INTO checklist ({CHECKLIST}) SELECT {CHECKLIST} FROM old_checklist")
    op.execute("DROP TABLE old_checklist")
    _follow_ids("checklist")


def _set_aside(table: str) -> None:
    """Copy a table without its constraints, so that one of its name can be made again."""
    op.execute(f"CREATE TABLE old_{table} AS SELECT * FROM {table}")
    op.drop_table(table)


def _follow_ids(table: str) -> None:
    """Set the next id above all that are there, on the database that counts apart."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            f"SELECT setval(pg_get_serial_sequence('{table}', 'id'),"
            f" (SELECT COALESCE(MAX(id), 0) + 1 FROM {table}), false)"
        )


def _rebuild(*, states: tuple[str, ...], is_new: bool) -> None:
    """Make tasks and answers again: SQLite changes a CHECK in no other way."""
    _set_aside("task_answer")
    _set_aside("task")
    running = sa.text(RUNNING_OR_PLANNED if is_new else RUNNING)
    op.create_table(
        "task",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                *states, name="state", native_enum=False, create_constraint=True, length=24
            ),
            nullable=False,
        ),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("asset_id", sa.Integer()),
        sa.Column("assignee_id", sa.Integer()),
        sa.Column("due_on", sa.Date()),
        sa.Column("items", JSONType, nullable=False),
        sa.Column("data", JSONType, nullable=False),
        sa.Column("started_at", MOMENT, nullable=False),
        sa.Column("opened_by", sa.Text(), nullable=False),
        sa.Column("closed_at", MOMENT),
        sa.Column("closed_by", sa.Text()),
        sa.Column("outcome", sa.Text()),
        sa.ForeignKeyConstraint(
            ["asset_id"], ["asset.id"], name="fk_task_asset_id_asset", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["assignee_id"], ["user_account.id"], name="fk_task_assignee_id_user_account"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_task"),
        sa.UniqueConstraint("key", name="uq_task_key"),
    )
    op.create_index("ix_task_asset_id", "task", ["asset_id"])
    op.create_index(
        "ix_task_running", "task", ["due_on"], sqlite_where=running, postgresql_where=running
    )
    proofs = [
        sa.Column("value", sa.Text()),
        sa.Column("attachment_id", sa.Integer()),
        sa.Column("signature_sha256", sa.String(64)),
        sa.Column("scan_id", sa.Uuid()),
        sa.ForeignKeyConstraint(
            ["attachment_id"], ["attachment.id"], name="fk_task_answer_attachment_id_attachment"
        ),
    ]
    op.create_table(
        "task_answer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uuid", sa.Uuid(), nullable=False),
        sa.Column("task_id", sa.Integer(), nullable=False),
        sa.Column("item_key", sa.Text(), nullable=False),
        sa.Column("is_ticked", sa.Boolean(), nullable=False),
        sa.Column("note", sa.Text()),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("actor_name", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["task_id"], ["task.id"], name="fk_task_answer_task_id_task", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_task_answer"),
        sa.UniqueConstraint("uuid", name="uq_task_answer_uuid"),
        *(proofs if is_new else []),
    )
    op.create_index("ix_task_answer_task_id", "task_answer", ["task_id", "id"])
    op.execute(f"INSERT INTO task ({TASK}) SELECT {TASK} FROM old_task")
    op.execute(f"INSERT INTO task_answer ({ANSWER}) SELECT {ANSWER} FROM old_task_answer")
    op.execute("DROP TABLE old_task_answer")
    op.execute("DROP TABLE old_task")
    _follow_ids("task")
    _follow_ids("task_answer")


def _make_checklist(*, is_new: bool) -> None:
    added = [
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("model_id", sa.Integer()),
        sa.ForeignKeyConstraint(
            ["model_id"], ["asset_model.id"],
            name="fk_checklist_model_id_asset_model", ondelete="CASCADE",
        ),
    ]
    op.create_table(
        "checklist",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("category_id", sa.Integer()),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("items", JSONType, nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.Column("changed_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["category_id"], ["category.id"],
            name="fk_checklist_category_id_category", ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_checklist"),
        sa.UniqueConstraint("key", name="uq_checklist_key"),
        *(added if is_new else []),
    )
