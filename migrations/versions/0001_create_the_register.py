"""Create the register, the scan log and audits"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from scanner_app import models
from sqlalchemy import Text
from sqlalchemy.dialects import postgresql

revision = '0001'
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('api_token',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('role', sa.Enum('technician', 'stockroom', 'auditor', 'approver', 'admin', 'reader', 'viewer', name='role', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('prefix', sa.Text(), nullable=False),
    sa.Column('token_hash', sa.Text(), nullable=False),
    sa.Column('created_at', models.UTCDateTime(timezone=True), nullable=False),
    sa.Column('created_by', sa.Text(), nullable=False),
    sa.Column('expires_at', models.UTCDateTime(timezone=True), nullable=True),
    sa.Column('last_used_at', models.UTCDateTime(timezone=True), nullable=True),
    sa.Column('revoked_at', models.UTCDateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_api_token')),
    sa.UniqueConstraint('prefix', name=op.f('uq_api_token_prefix'))
    )
    op.create_table('audit',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('state', sa.Enum('draft', 'counting', 'reconciling', 'closed', 'cancelled', name='state', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('scope', sa.JSON().with_variant(postgresql.JSONB(astext_type=Text()), 'postgresql'), nullable=False),
    sa.Column('is_blind', sa.Boolean(), nullable=False),
    sa.Column('due_on', sa.Date(), nullable=True),
    sa.Column('created_at', models.UTCDateTime(timezone=True), nullable=False),
    sa.Column('created_by', sa.Text(), nullable=False),
    sa.Column('counting_started_at', models.UTCDateTime(timezone=True), nullable=True),
    sa.Column('counting_ended_at', models.UTCDateTime(timezone=True), nullable=True),
    sa.Column('closed_at', models.UTCDateTime(timezone=True), nullable=True),
    sa.Column('closed_by', sa.Text(), nullable=True),
    sa.Column('revises_id', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['revises_id'], ['audit.id'], name=op.f('fk_audit_revises_id_audit')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_audit'))
    )
    with op.batch_alter_table('audit', schema=None) as batch_op:
        batch_op.create_index('ix_audit_state', ['state'], unique=False)

    op.create_table('category',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_category')),
    sa.UniqueConstraint('name', name=op.f('uq_category_name'))
    )
    op.create_table('import_run',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('filename', sa.Text(), nullable=False),
    sa.Column('file_sha256', sa.Text(), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('mapping', sa.JSON().with_variant(postgresql.JSONB(astext_type=Text()), 'postgresql'), nullable=False),
    sa.Column('headers', sa.JSON().with_variant(postgresql.JSONB(astext_type=Text()), 'postgresql'), nullable=False),
    sa.Column('rows_total', sa.Integer(), nullable=False),
    sa.Column('rows_done', sa.Integer(), nullable=False),
    sa.Column('created_count', sa.Integer(), nullable=False),
    sa.Column('changed_count', sa.Integer(), nullable=False),
    sa.Column('left_count', sa.Integer(), nullable=False),
    sa.Column('refused_count', sa.Integer(), nullable=False),
    sa.Column('error', sa.Text(), nullable=True),
    sa.Column('created_at', models.UTCDateTime(timezone=True), nullable=False),
    sa.Column('created_by', sa.Text(), nullable=False),
    sa.Column('applied_at', models.UTCDateTime(timezone=True), nullable=True),
    sa.Column('lease_until', models.UTCDateTime(timezone=True), nullable=True),
    sa.CheckConstraint("kind IN ('assets', 'locations', 'people')", name=op.f('ck_import_run_kind_known')),
    sa.CheckConstraint("state IN ('uploaded', 'checking', 'checked', 'applying', 'applied', 'failed', 'cancelled')", name=op.f('ck_import_run_state_known')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_import_run'))
    )
    op.create_table('location',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('code', sa.Text(), nullable=False),
    sa.Column('code_key', sa.Text(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('parent_id', sa.Integer(), nullable=True),
    sa.Column('path', sa.Text(), nullable=False),
    sa.Column('full_name', sa.Text(), nullable=False),
    sa.Column('is_active', sa.Boolean(), nullable=False),
    sa.Column('created_at', models.UTCDateTime(timezone=True), nullable=False),
    sa.Column('updated_at', models.UTCDateTime(timezone=True), nullable=False),
    sa.CheckConstraint('parent_id IS NULL OR parent_id <> id', name=op.f('ck_location_not_its_own_parent')),
    sa.ForeignKeyConstraint(['parent_id'], ['location.id'], name=op.f('fk_location_parent_id_location')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_location')),
    sa.UniqueConstraint('code', name=op.f('uq_location_code')),
    sa.UniqueConstraint('code_key', name=op.f('uq_location_code_key'))
    )
    with op.batch_alter_table('location', schema=None) as batch_op:
        batch_op.create_index('ix_location_parent_id', ['parent_id'], unique=False)
        batch_op.create_index('ix_location_path', ['path'], unique=False, postgresql_ops={'path': 'text_pattern_ops'})

    op.create_table('person',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('number', sa.Text(), nullable=True),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('email', sa.Text(), nullable=True),
    sa.Column('username', sa.Text(), nullable=True),
    sa.Column('department', sa.Text(), nullable=True),
    sa.Column('is_active', sa.Boolean(), nullable=False),
    sa.Column('search', sa.Text(), nullable=False),
    sa.Column('created_at', models.UTCDateTime(timezone=True), nullable=False),
    sa.Column('updated_at', models.UTCDateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_person')),
    sa.UniqueConstraint('number', name=op.f('uq_person_number'))
    )
    with op.batch_alter_table('person', schema=None) as batch_op:
        batch_op.create_index('ix_person_name', ['name'], unique=False)

    op.create_table('reader',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('is_active', sa.Boolean(), nullable=False),
    sa.Column('silent_after_seconds', sa.Integer(), nullable=False),
    sa.Column('created_at', models.UTCDateTime(timezone=True), nullable=False),
    sa.Column('last_heartbeat_at', models.UTCDateTime(timezone=True), nullable=True),
    sa.Column('last_read_at', models.UTCDateTime(timezone=True), nullable=True),
    sa.Column('heartbeat', sa.JSON().with_variant(postgresql.JSONB(astext_type=Text()), 'postgresql'), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_reader')),
    sa.UniqueConstraint('name', name=op.f('uq_reader_name'))
    )
    op.create_table('status_name',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('name_key', sa.Text(), nullable=False),
    sa.Column('stage', sa.Enum('requested', 'ordered', 'in_stock', 'in_use', 'in_maintenance', 'missing', 'retired', 'disposed', name='stage', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_status_name')),
    sa.UniqueConstraint('name_key', name=op.f('uq_status_name_name_key'))
    )
    op.create_table('throttle',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('key', sa.Text(), nullable=False),
    sa.Column('window_start', models.UTCDateTime(timezone=True), nullable=False),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_throttle')),
    sa.UniqueConstraint('key', 'window_start', name=op.f('uq_throttle_key_window_start'))
    )
    op.create_table('user_account',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('email', sa.Text(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('role', sa.Enum('technician', 'stockroom', 'auditor', 'approver', 'admin', 'reader', 'viewer', name='role', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('password_hash', sa.Text(), nullable=True),
    sa.Column('is_active', sa.Boolean(), nullable=False),
    sa.Column('created_at', models.UTCDateTime(timezone=True), nullable=False),
    sa.Column('last_sign_in_at', models.UTCDateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_user_account')),
    sa.UniqueConstraint('email', name=op.f('uq_user_account_email'))
    )
    op.create_table('asset_model',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('model_number', sa.Text(), nullable=False),
    sa.Column('manufacturer', sa.Text(), nullable=False),
    sa.Column('category_id', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['category_id'], ['category.id'], name=op.f('fk_asset_model_category_id_category')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_asset_model')),
    sa.UniqueConstraint('name', 'model_number', 'manufacturer', name=op.f('uq_asset_model_name_model_number_manufacturer'))
    )
    op.create_table('import_row',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('run_id', sa.Integer(), nullable=False),
    sa.Column('row_number', sa.Integer(), nullable=False),
    sa.Column('verdict', sa.Text(), nullable=False),
    sa.Column('label', sa.Text(), nullable=False),
    sa.Column('detail', sa.JSON().with_variant(postgresql.JSONB(astext_type=Text()), 'postgresql'), nullable=False),
    sa.CheckConstraint("verdict IN ('created', 'changed', 'left', 'refused')", name=op.f('ck_import_row_verdict_known')),
    sa.ForeignKeyConstraint(['run_id'], ['import_run.id'], name=op.f('fk_import_row_run_id_import_run'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_import_row')),
    sa.UniqueConstraint('run_id', 'row_number', name=op.f('uq_import_row_run_id_row_number'))
    )
    with op.batch_alter_table('import_row', schema=None) as batch_op:
        batch_op.create_index('ix_import_row_run_id_verdict', ['run_id', 'verdict', 'row_number'], unique=False)

    op.create_table('one_time_link',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('token_hash', sa.Text(), nullable=False),
    sa.Column('purpose', sa.Text(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=True),
    sa.Column('created_at', models.UTCDateTime(timezone=True), nullable=False),
    sa.Column('expires_at', models.UTCDateTime(timezone=True), nullable=False),
    sa.Column('used_at', models.UTCDateTime(timezone=True), nullable=True),
    sa.CheckConstraint("purpose IN ('first_admin', 'password')", name=op.f('ck_one_time_link_purpose_known')),
    sa.ForeignKeyConstraint(['user_id'], ['user_account.id'], name=op.f('fk_one_time_link_user_id_user_account'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_one_time_link')),
    sa.UniqueConstraint('token_hash', name=op.f('uq_one_time_link_token_hash'))
    )
    op.create_table('read_point',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('reader_id', sa.Integer(), nullable=False),
    sa.Column('antenna', sa.Integer(), nullable=False),
    sa.Column('location_id', sa.Integer(), nullable=True),
    sa.Column('intent', sa.Enum('lookup', 'sighting', 'move', 'check_out', 'check_in', 'void', name='intent', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('audit_id', sa.Integer(), nullable=True),
    sa.Column('rssi_floor', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['audit_id'], ['audit.id'], name=op.f('fk_read_point_audit_id_audit')),
    sa.ForeignKeyConstraint(['location_id'], ['location.id'], name=op.f('fk_read_point_location_id_location')),
    sa.ForeignKeyConstraint(['reader_id'], ['reader.id'], name=op.f('fk_read_point_reader_id_reader'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_read_point')),
    sa.UniqueConstraint('reader_id', 'antenna', name=op.f('uq_read_point_reader_id_antenna'))
    )
    op.create_table('seal',
    sa.Column('audit_id', sa.Integer(), nullable=False),
    sa.Column('report', sa.Text(), nullable=False),
    sa.Column('sha256', sa.Text(), nullable=False),
    sa.Column('signature', sa.Text(), nullable=False),
    sa.Column('key_id', sa.Text(), nullable=False),
    sa.Column('sealed_at', models.UTCDateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['audit_id'], ['audit.id'], name=op.f('fk_seal_audit_id_audit'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('audit_id', name=op.f('pk_seal'))
    )
    op.create_table('sign_in',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('token_hash', sa.Text(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('created_at', models.UTCDateTime(timezone=True), nullable=False),
    sa.Column('seen_at', models.UTCDateTime(timezone=True), nullable=False),
    sa.Column('user_agent', sa.Text(), nullable=False),
    sa.Column('address', sa.Text(), nullable=False),
    sa.Column('place_id', sa.Integer(), nullable=True),
    sa.Column('custodian_id', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['custodian_id'], ['person.id'], name=op.f('fk_sign_in_custodian_id_person'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['place_id'], ['location.id'], name=op.f('fk_sign_in_place_id_location'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['user_id'], ['user_account.id'], name=op.f('fk_sign_in_user_id_user_account'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_sign_in')),
    sa.UniqueConstraint('token_hash', name=op.f('uq_sign_in_token_hash'))
    )
    with op.batch_alter_table('sign_in', schema=None) as batch_op:
        batch_op.create_index('ix_sign_in_user_id', ['user_id'], unique=False)

    op.create_table('asset',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('asset_tag', sa.Text(), nullable=False),
    sa.Column('tag_key', sa.Text(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('serial_number', sa.Text(), nullable=True),
    sa.Column('model_id', sa.Integer(), nullable=True),
    sa.Column('category_id', sa.Integer(), nullable=True),
    sa.Column('status', sa.Enum('requested', 'ordered', 'in_stock', 'in_use', 'in_maintenance', 'missing', 'retired', 'disposed', name='status', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('location_id', sa.Integer(), nullable=True),
    sa.Column('home_location_id', sa.Integer(), nullable=True),
    sa.Column('custodian_id', sa.Integer(), nullable=True),
    sa.Column('due_at', models.UTCDateTime(timezone=True), nullable=True),
    sa.Column('condition', sa.Text(), nullable=True),
    sa.Column('state_at', models.UTCDateTime(timezone=True), nullable=False),
    sa.Column('last_seen_at', models.UTCDateTime(timezone=True), nullable=True),
    sa.Column('last_seen_location_id', sa.Integer(), nullable=True),
    sa.Column('purchase_date', sa.Date(), nullable=True),
    sa.Column('purchase_cost_cents', sa.BigInteger(), nullable=True),
    sa.Column('currency', sa.Text(), nullable=True),
    sa.Column('supplier', sa.Text(), nullable=True),
    sa.Column('order_number', sa.Text(), nullable=True),
    sa.Column('warranty_months', sa.Integer(), nullable=True),
    sa.Column('eol_date', sa.Date(), nullable=True),
    sa.Column('notes', sa.Text(), nullable=True),
    sa.Column('custom', sa.JSON().with_variant(postgresql.JSONB(astext_type=Text()), 'postgresql'), nullable=False),
    sa.Column('created_at', models.UTCDateTime(timezone=True), nullable=False),
    sa.Column('updated_at', models.UTCDateTime(timezone=True), nullable=False),
    sa.CheckConstraint("condition IS NULL OR condition IN ('good', 'damaged', 'unreadable_label')", name=op.f('ck_asset_condition_known')),
    sa.ForeignKeyConstraint(['category_id'], ['category.id'], name=op.f('fk_asset_category_id_category')),
    sa.ForeignKeyConstraint(['custodian_id'], ['person.id'], name=op.f('fk_asset_custodian_id_person')),
    sa.ForeignKeyConstraint(['home_location_id'], ['location.id'], name=op.f('fk_asset_home_location_id_location')),
    sa.ForeignKeyConstraint(['last_seen_location_id'], ['location.id'], name=op.f('fk_asset_last_seen_location_id_location')),
    sa.ForeignKeyConstraint(['location_id'], ['location.id'], name=op.f('fk_asset_location_id_location')),
    sa.ForeignKeyConstraint(['model_id'], ['asset_model.id'], name=op.f('fk_asset_model_id_asset_model')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_asset')),
    sa.UniqueConstraint('asset_tag', name=op.f('uq_asset_asset_tag')),
    sa.UniqueConstraint('tag_key', name=op.f('uq_asset_tag_key'))
    )
    with op.batch_alter_table('asset', schema=None) as batch_op:
        batch_op.create_index('ix_asset_category_id', ['category_id'], unique=False)
        batch_op.create_index('ix_asset_custodian_id', ['custodian_id'], unique=False)
        batch_op.create_index('ix_asset_home_location_id', ['home_location_id'], unique=False)
        batch_op.create_index('ix_asset_location_id', ['location_id'], unique=False)
        batch_op.create_index('ix_asset_model_id', ['model_id'], unique=False)
        batch_op.create_index('ix_asset_status', ['status'], unique=False)

    op.create_table('custody',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('asset_id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('started_at', models.UTCDateTime(timezone=True), nullable=False),
    sa.Column('ended_at', models.UTCDateTime(timezone=True), nullable=True),
    sa.Column('due_at', models.UTCDateTime(timezone=True), nullable=True),
    sa.CheckConstraint('ended_at IS NULL OR ended_at >= started_at', name=op.f('ck_custody_ends_after_start')),
    sa.ForeignKeyConstraint(['asset_id'], ['asset.id'], name=op.f('fk_custody_asset_id_asset'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_custody_person_id_person')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_custody'))
    )
    with op.batch_alter_table('custody', schema=None) as batch_op:
        batch_op.create_index('ix_custody_asset_id', ['asset_id'], unique=False)
        batch_op.create_index('ix_custody_person_id', ['person_id'], unique=False)
        batch_op.create_index('uq_custody_one_open', ['asset_id'], unique=True, sqlite_where=sa.text('ended_at IS NULL'), postgresql_where=sa.text('ended_at IS NULL'))

    op.create_table('finding',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('audit_id', sa.Integer(), nullable=False),
    sa.Column('asset_id', sa.Integer(), nullable=True),
    sa.Column('code_key', sa.Text(), nullable=True),
    sa.Column('code', sa.Text(), nullable=True),
    sa.Column('is_expected', sa.Boolean(), nullable=False),
    sa.Column('state', sa.Enum('verified', 'misplaced', 'missing', 'unexpected', 'unregistered', name='state', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('flags', sa.JSON().with_variant(postgresql.JSONB(astext_type=Text()), 'postgresql'), nullable=False),
    sa.Column('recorded_location_id', sa.Integer(), nullable=True),
    sa.Column('recorded_custodian_id', sa.Integer(), nullable=True),
    sa.Column('recorded_status', sa.Text(), nullable=True),
    sa.Column('value_cents', sa.BigInteger(), nullable=True),
    sa.Column('seen_at', models.UTCDateTime(timezone=True), nullable=True),
    sa.Column('seen_location_id', sa.Integer(), nullable=True),
    sa.Column('seen_person_id', sa.Integer(), nullable=True),
    sa.Column('sightings', sa.Integer(), nullable=False),
    sa.Column('proposal', sa.Enum('move', 'mark_missing', 'reassign', 'reinstate', 'register', name='proposal', native_enum=False, create_constraint=True, length=24), nullable=True),
    sa.Column('proposal_fields', sa.JSON().with_variant(postgresql.JSONB(astext_type=Text()), 'postgresql'), nullable=False),
    sa.Column('decision', sa.Enum('accept', 'reject', name='decision', native_enum=False, create_constraint=True, length=24), nullable=True),
    sa.Column('reason', sa.Text(), nullable=True),
    sa.Column('decided_by', sa.Text(), nullable=True),
    sa.Column('decided_at', models.UTCDateTime(timezone=True), nullable=True),
    sa.CheckConstraint("(state = 'unregistered') = (asset_id IS NULL)", name=op.f('ck_finding_unregistered_has_no_asset')),
    sa.CheckConstraint("state <> 'missing' OR is_expected", name=op.f('ck_finding_missing_was_expected')),
    sa.CheckConstraint('(asset_id IS NULL) = (code_key IS NOT NULL)', name=op.f('ck_finding_asset_or_code')),
    sa.ForeignKeyConstraint(['asset_id'], ['asset.id'], name=op.f('fk_finding_asset_id_asset')),
    sa.ForeignKeyConstraint(['audit_id'], ['audit.id'], name=op.f('fk_finding_audit_id_audit'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['recorded_custodian_id'], ['person.id'], name=op.f('fk_finding_recorded_custodian_id_person')),
    sa.ForeignKeyConstraint(['recorded_location_id'], ['location.id'], name=op.f('fk_finding_recorded_location_id_location')),
    sa.ForeignKeyConstraint(['seen_location_id'], ['location.id'], name=op.f('fk_finding_seen_location_id_location')),
    sa.ForeignKeyConstraint(['seen_person_id'], ['person.id'], name=op.f('fk_finding_seen_person_id_person')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_finding')),
    sa.UniqueConstraint('audit_id', 'asset_id', name=op.f('uq_finding_audit_id_asset_id'))
    )
    with op.batch_alter_table('finding', schema=None) as batch_op:
        batch_op.create_index('ix_finding_asset_id', ['asset_id'], unique=False)
        batch_op.create_index('ix_finding_audit_id_recorded_location_id', ['audit_id', 'recorded_location_id'], unique=False)
        batch_op.create_index('ix_finding_audit_id_state', ['audit_id', 'state'], unique=False)
        batch_op.create_index('uq_finding_unregistered', ['audit_id', 'code_key'], unique=True, sqlite_where=sa.text('asset_id IS NULL'), postgresql_where=sa.text('asset_id IS NULL'))

    op.create_table('identifier',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('scheme', sa.Text(), nullable=False),
    sa.Column('value', sa.Text(), nullable=False),
    sa.Column('asset_id', sa.Integer(), nullable=True),
    sa.Column('location_id', sa.Integer(), nullable=True),
    sa.Column('person_id', sa.Integer(), nullable=True),
    sa.Column('started_at', models.UTCDateTime(timezone=True), nullable=False),
    sa.Column('ended_at', models.UTCDateTime(timezone=True), nullable=True),
    sa.CheckConstraint('(CASE WHEN asset_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN location_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN person_id IS NULL THEN 0 ELSE 1 END) = 1', name=op.f('ck_identifier_means_one_thing')),
    sa.ForeignKeyConstraint(['asset_id'], ['asset.id'], name=op.f('fk_identifier_asset_id_asset'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['location_id'], ['location.id'], name=op.f('fk_identifier_location_id_location'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_identifier_person_id_person'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_identifier'))
    )
    with op.batch_alter_table('identifier', schema=None) as batch_op:
        batch_op.create_index('ix_identifier_asset_id', ['asset_id'], unique=False)
        batch_op.create_index('ix_identifier_location_id', ['location_id'], unique=False)
        batch_op.create_index('ix_identifier_person_id', ['person_id'], unique=False)
        batch_op.create_index('ix_identifier_value', ['value'], unique=False)
        batch_op.create_index('uq_identifier_scheme_value', ['scheme', 'value'], unique=True, sqlite_where=sa.text("ended_at IS NULL AND scheme <> 'serial'"), postgresql_where=sa.text("ended_at IS NULL AND scheme <> 'serial'"))

    op.create_table('placement',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('asset_id', sa.Integer(), nullable=False),
    sa.Column('location_id', sa.Integer(), nullable=False),
    sa.Column('started_at', models.UTCDateTime(timezone=True), nullable=False),
    sa.Column('ended_at', models.UTCDateTime(timezone=True), nullable=True),
    sa.CheckConstraint('ended_at IS NULL OR ended_at >= started_at', name=op.f('ck_placement_ends_after_start')),
    sa.ForeignKeyConstraint(['asset_id'], ['asset.id'], name=op.f('fk_placement_asset_id_asset'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['location_id'], ['location.id'], name=op.f('fk_placement_location_id_location')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_placement'))
    )
    with op.batch_alter_table('placement', schema=None) as batch_op:
        batch_op.create_index('ix_placement_asset_id', ['asset_id'], unique=False)
        batch_op.create_index('ix_placement_location_id', ['location_id'], unique=False)
        batch_op.create_index('uq_placement_one_open', ['asset_id'], unique=True, sqlite_where=sa.text('ended_at IS NULL'), postgresql_where=sa.text('ended_at IS NULL'))

    op.create_table('register_change',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('asset_id', sa.Integer(), nullable=False),
    sa.Column('at', models.UTCDateTime(timezone=True), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('actor', sa.Text(), nullable=False),
    sa.Column('audit_id', sa.Integer(), nullable=True),
    sa.Column('changes', sa.JSON().with_variant(postgresql.JSONB(astext_type=Text()), 'postgresql'), nullable=False),
    sa.Column('sets_status', sa.Enum('requested', 'ordered', 'in_stock', 'in_use', 'in_maintenance', 'missing', 'retired', 'disposed', name='sets_status', native_enum=False, create_constraint=True, length=24), nullable=True),
    sa.Column('sets_location', sa.Boolean(), nullable=False),
    sa.Column('location_id', sa.Integer(), nullable=True),
    sa.Column('sets_custodian', sa.Boolean(), nullable=False),
    sa.Column('custodian_id', sa.Integer(), nullable=True),
    sa.CheckConstraint("kind IN ('created', 'edited', 'imported', 'audited')", name=op.f('ck_register_change_kind_known')),
    sa.ForeignKeyConstraint(['asset_id'], ['asset.id'], name=op.f('fk_register_change_asset_id_asset'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['custodian_id'], ['person.id'], name=op.f('fk_register_change_custodian_id_person')),
    sa.ForeignKeyConstraint(['location_id'], ['location.id'], name=op.f('fk_register_change_location_id_location')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_register_change'))
    )
    with op.batch_alter_table('register_change', schema=None) as batch_op:
        batch_op.create_index('ix_register_change_asset_id', ['asset_id'], unique=False)

    op.create_table('scan',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('scan_id', sa.Uuid(), nullable=False),
    sa.Column('fingerprint', sa.Text(), nullable=False),
    sa.Column('code', sa.Text(), nullable=False),
    sa.Column('code_key', sa.Text(), nullable=False),
    sa.Column('symbology', sa.Text(), nullable=True),
    sa.Column('source', sa.Text(), nullable=True),
    sa.Column('intent', sa.Enum('lookup', 'sighting', 'move', 'check_out', 'check_in', 'void', name='intent', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('scanned_at', models.UTCDateTime(timezone=True), nullable=False),
    sa.Column('recorded_at', models.UTCDateTime(timezone=True), nullable=False),
    sa.Column('effective_at', models.UTCDateTime(timezone=True), nullable=False),
    sa.Column('is_clock_suspect', sa.Boolean(), nullable=False),
    sa.Column('asset_id', sa.Integer(), nullable=True),
    sa.Column('location_id', sa.Integer(), nullable=True),
    sa.Column('person_id', sa.Integer(), nullable=True),
    sa.Column('audit_id', sa.Integer(), nullable=True),
    sa.Column('voids', sa.Uuid(), nullable=True),
    sa.Column('due_at', models.UTCDateTime(timezone=True), nullable=True),
    sa.Column('condition', sa.Text(), nullable=True),
    sa.Column('note', sa.Text(), nullable=True),
    sa.Column('device', sa.Text(), nullable=True),
    sa.Column('actor', sa.Text(), nullable=False),
    sa.Column('actor_name', sa.Text(), nullable=False),
    sa.Column('may_void_any', sa.Boolean(), nullable=False),
    sa.Column('outcome', sa.Enum('applied', 'noted', 'refused', 'unregistered', 'ambiguous', name='outcome', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('refusal', sa.Text(), nullable=True),
    sa.Column('answer', sa.Text(), nullable=False),
    sa.CheckConstraint("(intent = 'void') = (voids IS NOT NULL)", name=op.f('ck_scan_void_names_its_scan')),
    sa.CheckConstraint("(outcome = 'refused') = (refusal IS NOT NULL)", name=op.f('ck_scan_refused_says_why')),
    sa.ForeignKeyConstraint(['asset_id'], ['asset.id'], name=op.f('fk_scan_asset_id_asset')),
    sa.ForeignKeyConstraint(['audit_id'], ['audit.id'], name=op.f('fk_scan_audit_id_audit')),
    sa.ForeignKeyConstraint(['location_id'], ['location.id'], name=op.f('fk_scan_location_id_location')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_scan_person_id_person')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_scan')),
    sa.UniqueConstraint('scan_id', name=op.f('uq_scan_scan_id'))
    )
    with op.batch_alter_table('scan', schema=None) as batch_op:
        batch_op.create_index('ix_scan_asset_id', ['asset_id', 'effective_at'], unique=False)
        batch_op.create_index('ix_scan_audit_id', ['audit_id', 'asset_id'], unique=False)
        batch_op.create_index('ix_scan_location_id', ['location_id'], unique=False)
        batch_op.create_index('ix_scan_recorded_at', ['recorded_at'], unique=False)
        batch_op.create_index('ix_scan_voids', ['voids'], unique=False)



    protect_the_record()


# What the log and a closed audit promise is held by the database as well, so that no later code,
# and nobody with the application's own connection, changes them quietly.
REFUSED = {
    "scan": "the scan log is append-only",
    "seal": "a seal cannot be changed",
}


def protect_the_record() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            """
            CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN RAISE EXCEPTION '%', TG_ARGV[0]; END $$
            """
        )
        for table, reason in REFUSED.items():
            op.execute(
                f"CREATE TRIGGER {table}_is_final BEFORE UPDATE OR DELETE ON {table} "
                f"FOR EACH ROW EXECUTE FUNCTION refuse_change('{reason}')"
            )
        op.execute(
            "CREATE TRIGGER audit_closed_is_final BEFORE UPDATE OR DELETE ON audit FOR EACH ROW "
            "WHEN (OLD.state = 'closed') "
            "EXECUTE FUNCTION refuse_change('a closed audit cannot be changed')"
        )
        op.execute(
            """
            CREATE FUNCTION refuse_closed_finding() RETURNS trigger LANGUAGE plpgsql AS $$
            DECLARE the_audit integer := COALESCE(NEW.audit_id, OLD.audit_id);
            BEGIN
              IF (SELECT state FROM audit WHERE id = the_audit) = 'closed' THEN
                RAISE EXCEPTION 'a finding of a closed audit cannot be changed';
              END IF;
              IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
              RETURN NEW;
            END $$
            """
        )
        op.execute(
            "CREATE TRIGGER finding_closed_is_final BEFORE INSERT OR UPDATE OR DELETE ON finding "
            "FOR EACH ROW EXECUTE FUNCTION refuse_closed_finding()"
        )
        return
    for table, reason in REFUSED.items():
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{reason}'); END"
            )
    for verb in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER audit_closed_no_{verb.lower()} BEFORE {verb} ON audit "
            "WHEN OLD.state = 'closed' "
            "BEGIN SELECT RAISE(ABORT, 'a closed audit cannot be changed'); END"
        )
    for verb, row in (("INSERT", "NEW"), ("UPDATE", "OLD"), ("DELETE", "OLD")):
        op.execute(
            f"CREATE TRIGGER finding_closed_no_{verb.lower()} BEFORE {verb} ON finding "
            f"WHEN (SELECT state FROM audit WHERE id = {row}.audit_id) = 'closed' "
            "BEGIN SELECT RAISE(ABORT, 'a finding of a closed audit cannot be changed'); END"
        )


def downgrade() -> None:
    raise RuntimeError("The first migration has nothing before it: restore a backup instead.")
