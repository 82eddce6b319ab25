"""Keep releases of products, exploited vulnerabilities, and the health of devices"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from scanner_app.models.base import UTCDateTime

revision = "0055_device_health"
down_revision = "0054_label_prints"
branch_labels = None
depends_on = None

MOMENT = UTCDateTime(timezone=True)
# What devices say of their systems, and the products of endoflife.date that these are.
SYSTEMS = (
    ("windows", "windows"), ("microsoft windows", "windows"),
    ("windows server", "windows-server"), ("microsoft windows server", "windows-server"),
    ("macos", "macos"), ("mac os", "macos"), ("mac os x", "macos"), ("os x", "macos"),
    ("ios", "ios"), ("ipados", "ipados"), ("android", "android"),
    ("ubuntu", "ubuntu"), ("debian", "debian"), ("fedora", "fedora"),
    ("red hat enterprise linux", "rhel"), ("rhel", "rhel"), ("rocky linux", "rocky-linux"),
    ("alma linux", "almalinux"), ("almalinux", "almalinux"), ("centos", "centos"),
    ("opensuse", "opensuse"), ("alpine", "alpine-linux"), ("linux mint", "linuxmint"),
    ("vmware esxi", "esxi"), ("esxi", "esxi"),
)


def upgrade() -> None:
    op.create_table(
        "product_release",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("product", sa.Text(), nullable=False),
        sa.Column("product_label", sa.Text(), nullable=False),
        sa.Column("cycle", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("released_on", sa.Date()),
        sa.Column("active_until", sa.Date()),
        sa.Column("ends_on", sa.Date()),
        sa.Column("extended_until", sa.Date()),
        sa.Column("is_ended", sa.Boolean(), nullable=False),
        sa.Column("is_discontinued", sa.Boolean(), nullable=False),
        sa.Column("latest", sa.Text(), nullable=False),
        sa.Column("file_sha256", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_product_release"),
        sa.UniqueConstraint("product", "cycle", name="uq_product_release_product_cycle"),
    )
    rules = op.create_table(
        "product_rule",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("of", sa.String(24), nullable=False),
        sa.Column("prefix", sa.Text(), nullable=False),
        sa.Column("product", sa.Text(), nullable=False),
        sa.Column("cycle", sa.Text(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_product_rule"),
        sa.UniqueConstraint("of", "prefix", name="uq_product_rule_of_prefix"),
    )
    for prefix, product in SYSTEMS:
        op.execute(
            rules.insert().values(
                of="system", prefix=prefix, product=product, cycle="", created_by="",
                created_at=sa.func.current_timestamp(),
            )
        )
    op.create_table(
        "vulnerability",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("cve", sa.Text(), nullable=False),
        sa.Column("vendor", sa.Text(), nullable=False),
        sa.Column("product", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("added_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date()),
        sa.Column("ransomware", sa.Boolean(), nullable=False),
        sa.Column("unpatched", sa.Integer(), nullable=False),
        sa.Column("possible", sa.Integer(), nullable=False),
        sa.Column("file_sha256", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_vulnerability"),
        sa.UniqueConstraint("cve", name="uq_vulnerability_cve"),
    )
    _make_health()


def _make_health() -> None:
    op.create_table(
        "device_health",
        sa.Column("asset_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("system", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("product", sa.Text(), nullable=False),
        sa.Column("cycle", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("is_sure", sa.Boolean(), nullable=False),
        sa.Column("ends_on", sa.Date()),
        sa.Column("is_ended", sa.Boolean(), nullable=False),
        sa.Column("model_title", sa.Text(), nullable=False),
        sa.Column("model_ends_on", sa.Date()),
        sa.Column("model_is_ended", sa.Boolean(), nullable=False),
        sa.Column("last_seen_at", MOMENT),
        sa.Column("unpatched", sa.Integer(), nullable=False),
        sa.Column("possible", sa.Integer(), nullable=False),
        sa.Column("checked_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["asset_id"], ["asset.id"], ondelete="CASCADE", name="fk_device_health_asset_id_asset"
        ),
        sa.PrimaryKeyConstraint("asset_id", name="pk_device_health"),
    )
    op.create_index(
        "ix_device_health_release", "device_health",
        ["product", "cycle", "title", "ends_on", "is_ended", "is_sure", "system"],
    )
    for column in ("last_seen_at", "unpatched", "possible"):
        op.create_index(f"ix_device_health_{column}", "device_health", [column])


def downgrade() -> None:
    for table in ("device_health", "vulnerability", "product_rule", "product_release"):
        op.drop_table(table)
