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
    "tests/audits/test_audits.py",
    "tests/audits/test_findings.py",
    "tests/audits/test_proposals.py",
    "tests/audits/test_states.py",
    "tests/audits/test_two_audits.py",
    "tests/custody",
    "tests/readers/test_read_fields.py",
    "tests/readers/test_reads_api.py",
    "tests/scanning/test_refused_scans_api.py",
    "tests/scanning/test_replay.py",
    "tests/scanning/test_same_scan.py",
    "tests/scanning/test_scans_api.py",
)
_CODES = (
    "tests/decoding/test_identifiers.py",
    "tests/decoding/test_label_meanings.py",
    "tests/decoding/test_hostile_labels.py",
    "tests/decoding/test_vectors.py",
)
_CONSTANTS = "tests/tree/test_constants.py"
_EPC = (
    "tests/decoding/epc/test_epc.py",
    "tests/decoding/epc/test_epc_data.py",
    "tests/decoding/epc/test_epc_refusals.py",
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
                "tests/access/test_passwords.py",
                "tests/access/test_tokens.py",
                "tests/audits",
                "tests/edge/test_routes.py",
                "tests/epcis",
                "tests/imports/spreadsheets",
                "tests/imports/test_columns.py",
                "tests/imports/test_facts.py",
                "tests/labels/test_blanks.py",
                "tests/labels/test_lay_out.py",
                "tests/labels/test_stock.py",
                "tests/plots",
                "tests/readers/test_signal_strength.py",
                "tests/readers/test_signals_api.py",
                "tests/register",
                "tests/scanning/test_clocks.py",
                "tests/scanning/test_decide.py",
                "tests/scanning/test_new_scan.py",
                "tests/scanning/test_phone_facts.py",
                "tests/seals",
                "tests/settings",
                _CONSTANTS,
                *_DOOR,
            ),
        ),
        Package("codes", ("scanner_app/decoding/codes",), (_CONSTANTS, *_CODES)),
        Package("epc", ("scanner_app/decoding/epc",), (_CONSTANTS, *_EPC)),
        Package(
            "scan door",
            ("scanner_app/services/scanning",),
            (
                *_DOOR,
                "tests/audits/rounds",
                "tests/labels/test_claim.py",
                "tests/lifecycle/test_deployments.py",
                "tests/lifecycle/test_maintenances.py",
                "tests/stock/test_scans.py",
                "tests/stockroom/test_lending.py",
                "tests/stockroom/test_trays.py",
            ),
        ),
        Package(
            "custody",
            ("scanner_app/services/custody",),
            (*_DOOR, "tests/register/test_change_assets.py"),
        ),
        Package(
            "audits",
            ("scanner_app/services/audits",),
            (*_DOOR, "tests/audits", "tests/seals"),
        ),
        Package(
            "protocols",
            ("hardware/protocols",),
            (_CONSTANTS, "tests/hardware/protocols", "tests/hardware/readers/test_llrp_peer.py"),
        ),
    )
}
