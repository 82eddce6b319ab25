"""What is mutated, and where the tests are that concern it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Package:
    """One row of the figures.

    :param sources: folders or modules whose code is mutated.
    :param tests: where the tests are that concern them.
    """

    name: str
    sources: tuple[str, ...]
    tests: tuple[str, ...]

    def modules(self) -> list[Path]:
        """Return the modules that are mutated, in a fixed order."""
        paths = [ROOT / source for source in self.sources]
        files = {
            file
            for path in paths
            for file in (path.rglob("*.py") if path.is_dir() else [path])
            if file.read_text().strip()
        }
        return sorted(files)


# Tests that read pictures, hash passwords or start processes are left out: they notice little here
# and cost the most.
_DOOR = (
    "tests/scanning",
    "tests/custody",
    "tests/audits",
    "tests/readers/test_carried_readers.py",
    "tests/readers/test_read_fields.py",
    "tests/readers/test_reads_api.py",
    "tests/shelf/test_record.py",
)
_CODES = (
    "tests/decoding/test_identifiers.py",
    "tests/decoding/test_label_meanings.py",
    "tests/decoding/test_hostile_labels.py",
    "tests/decoding/test_vectors.py",
)
_EPC = (
    "tests/decoding/test_epc.py",
    "tests/decoding/test_epc_data.py",
    "tests/decoding/test_identifiers.py",
    "tests/decoding/test_vectors.py",
    "tests/epcis",
    "tests/tags/test_epc_command.py",
)
PACKAGES = {
    package.name: package
    for package in (
        Package(
            "domain",
            ("scanner_app/domain",),
            (
                *_DOOR,
                "tests/access/test_answerable.py",
                "tests/access/test_passwords.py",
                "tests/access/test_tokens.py",
                "tests/edge/test_routes.py",
                "tests/epcis",
                "tests/imports",
                "tests/readers/test_signal_strength.py",
                "tests/readers/test_signals_api.py",
                "tests/register",
                "tests/seals",
            ),
        ),
        Package("codes", ("scanner_app/decoding/codes",), _CODES),
        Package("epc", ("scanner_app/decoding/epc",), _EPC),
        Package("scan door", ("scanner_app/services/scanning",), _DOOR),
        Package(
            "custody",
            ("scanner_app/services/custody",),
            (*_DOOR, "tests/register/test_change_assets.py"),
        ),
        Package("audits", ("scanner_app/services/audits",), (*_DOOR, "tests/seals")),
        Package(
            "protocols",
            ("hardware/protocols",),
            ("tests/hardware/protocols", "tests/hardware/readers/test_llrp_peer.py"),
        ),
    )
}
