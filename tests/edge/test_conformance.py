"""The API against its own description: schemathesis tries every operation."""

from __future__ import annotations

from pathlib import Path

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.support.databases import SqliteTemplate


@pytest.fixture
def database(sqlite_template: SqliteTemplate, tmp_path: Path) -> str:
    """SQLite alone: the shape of an answer does not depend on the database."""
    return sqlite_template.make(tmp_path / "instance")


class TestDescription:
    def test_is_kept_by_every_answer(self, app, api):
        """No 5xx, no undocumented status or type, no body that differs from its schema."""
        schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app)
        schema.config.generation.update(modes=[GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
        checks = [
            not_a_server_error,
            content_type_conformance,
            response_schema_conformance,
            status_code_conformance,
        ]
        failures: list[str] = []
        tried = 0
        for result in schema.get_all_operations():
            operation = result.ok()  # type: ignore[union-attr] # an error would fail here

            @settings(
                max_examples=8,
                deadline=None,
                derandomize=True,
                database=None,
                phases=[Phase.generate],
                suppress_health_check=list(HealthCheck),
            )
            @given(case=operation.as_strategy())
            def call(case):
                case.call_and_validate(headers=api.headers, checks=checks)

            try:
                call()
            except Exception as error:  # each operation is tried; all that fail are told together
                failures.append(f"{operation.label}: {error}")
            tried += 1

        assert tried >= 20
        assert not failures, "\n\n".join(failures)
