"""The decision tables of scans: for each intent, what follows in each stage, or the refusal.

`decide` looks the cell up; docs/scanning.md explains it.
"""

from __future__ import annotations

from collections.abc import Mapping

from scanner_app.domain.register.lifecycle import Stage
from scanner_app.domain.scanning.refusals import Refusal

_S, _R = Stage, Refusal

# By stage: what follows if nobody holds the asset, and if somebody does.
Steps = Mapping[Stage, tuple[Stage | Refusal, Stage | Refusal]]

CHECK_OUT_STEPS: Steps = {
    _S.REQUESTED: (_S.IN_USE, _R.ALREADY_CHECKED_OUT),
    _S.ORDERED: (_S.IN_USE, _R.ALREADY_CHECKED_OUT),
    _S.IN_STOCK: (_S.IN_USE, _R.ALREADY_CHECKED_OUT),
    _S.IN_USE: (_S.IN_USE, _R.ALREADY_CHECKED_OUT),
    _S.IN_MAINTENANCE: (_R.ASSET_IN_MAINTENANCE, _R.ALREADY_CHECKED_OUT),
    _S.MISSING: (_S.IN_USE, _R.ALREADY_CHECKED_OUT),
    _S.RETIRED: (_R.ASSET_RETIRED, _R.ASSET_RETIRED),
    _S.DISPOSED: (_R.ASSET_RETIRED, _R.ASSET_RETIRED),
}
# Only what is in stock already cannot come back. A repair, a delivery, a lost laptop that was found
# and a deployed screen that nobody holds are all received by a check-in.
CHECK_IN_STEPS: Steps = {
    _S.REQUESTED: (_S.IN_STOCK, _S.IN_STOCK),
    _S.ORDERED: (_S.IN_STOCK, _S.IN_STOCK),
    _S.IN_STOCK: (_R.NOT_CHECKED_OUT, _S.IN_STOCK),
    _S.IN_USE: (_S.IN_STOCK, _S.IN_STOCK),
    _S.IN_MAINTENANCE: (_S.IN_STOCK, _S.IN_STOCK),
    _S.MISSING: (_S.IN_STOCK, _S.IN_STOCK),
    _S.RETIRED: (_R.ASSET_RETIRED, _R.ASSET_RETIRED),
    _S.DISPOSED: (_R.ASSET_RETIRED, _R.ASSET_RETIRED),
}
# What comes back damaged is not handed out again before somebody repaired it.
CHECK_IN_DAMAGED_STEPS: Steps = {
    _S.REQUESTED: (_S.IN_MAINTENANCE, _S.IN_MAINTENANCE),
    _S.ORDERED: (_S.IN_MAINTENANCE, _S.IN_MAINTENANCE),
    _S.IN_STOCK: (_S.IN_MAINTENANCE, _S.IN_MAINTENANCE),
    _S.IN_USE: (_S.IN_MAINTENANCE, _S.IN_MAINTENANCE),
    _S.IN_MAINTENANCE: (_S.IN_MAINTENANCE, _S.IN_MAINTENANCE),
    _S.MISSING: (_S.IN_MAINTENANCE, _S.IN_MAINTENANCE),
    _S.RETIRED: (_R.ASSET_RETIRED, _R.ASSET_RETIRED),
    _S.DISPOSED: (_R.ASSET_RETIRED, _R.ASSET_RETIRED),
}
MOVE_STEPS: Steps = {
    _S.REQUESTED: (_S.REQUESTED, _S.REQUESTED),
    _S.ORDERED: (_S.ORDERED, _S.ORDERED),
    _S.IN_STOCK: (_S.IN_STOCK, _S.IN_STOCK),
    _S.IN_USE: (_S.IN_USE, _S.IN_USE),
    _S.IN_MAINTENANCE: (_S.IN_MAINTENANCE, _S.IN_MAINTENANCE),
    # Somebody moved it by hand, so it is not missing.
    _S.MISSING: (_S.IN_STOCK, _S.IN_USE),
    # A retired asset still travels to the disposal cage. A disposed one is gone.
    _S.RETIRED: (_S.RETIRED, _S.RETIRED),
    _S.DISPOSED: (_R.ASSET_RETIRED, _R.ASSET_RETIRED),
}


# What somebody has goes to another person; what is being repaired stays there meanwhile.
TRANSFER_STEPS: Steps = {
    _S.REQUESTED: (_R.NOT_CHECKED_OUT, _S.IN_USE),
    _S.ORDERED: (_R.NOT_CHECKED_OUT, _S.IN_USE),
    _S.IN_STOCK: (_R.NOT_CHECKED_OUT, _S.IN_USE),
    _S.IN_USE: (_R.NOT_CHECKED_OUT, _S.IN_USE),
    _S.IN_MAINTENANCE: (_R.NOT_CHECKED_OUT, _S.IN_MAINTENANCE),
    _S.MISSING: (_R.NOT_CHECKED_OUT, _S.IN_USE),
    _S.RETIRED: (_R.ASSET_RETIRED, _R.ASSET_RETIRED),
    _S.DISPOSED: (_R.ASSET_RETIRED, _R.ASSET_RETIRED),
}
# Who has it still has it: a repair takes nothing away from anybody.
REPAIR_STEPS: Steps = {
    _S.REQUESTED: (_S.IN_MAINTENANCE, _S.IN_MAINTENANCE),
    _S.ORDERED: (_S.IN_MAINTENANCE, _S.IN_MAINTENANCE),
    _S.IN_STOCK: (_S.IN_MAINTENANCE, _S.IN_MAINTENANCE),
    _S.IN_USE: (_S.IN_MAINTENANCE, _S.IN_MAINTENANCE),
    _S.IN_MAINTENANCE: (_R.ALREADY_IN_MAINTENANCE, _R.ALREADY_IN_MAINTENANCE),
    _S.MISSING: (_S.IN_MAINTENANCE, _S.IN_MAINTENANCE),
    _S.RETIRED: (_R.ASSET_RETIRED, _R.ASSET_RETIRED),
    _S.DISPOSED: (_R.ASSET_RETIRED, _R.ASSET_RETIRED),
}
RESTORE_STEPS: Steps = {
    _S.REQUESTED: (_R.NOT_IN_MAINTENANCE, _R.NOT_IN_MAINTENANCE),
    _S.ORDERED: (_R.NOT_IN_MAINTENANCE, _R.NOT_IN_MAINTENANCE),
    _S.IN_STOCK: (_R.NOT_IN_MAINTENANCE, _R.NOT_IN_MAINTENANCE),
    _S.IN_USE: (_R.NOT_IN_MAINTENANCE, _R.NOT_IN_MAINTENANCE),
    _S.IN_MAINTENANCE: (_S.IN_STOCK, _S.IN_USE),
    _S.MISSING: (_R.NOT_IN_MAINTENANCE, _R.NOT_IN_MAINTENANCE),
    _S.RETIRED: (_R.NOT_IN_MAINTENANCE, _R.NOT_IN_MAINTENANCE),
    _S.DISPOSED: (_R.NOT_IN_MAINTENANCE, _R.NOT_IN_MAINTENANCE),
}
# What somebody has is checked in first: who gave it back is on record before it goes for good.
RETIRE_STEPS: Steps = {
    _S.REQUESTED: (_S.RETIRED, _R.ALREADY_CHECKED_OUT),
    _S.ORDERED: (_S.RETIRED, _R.ALREADY_CHECKED_OUT),
    _S.IN_STOCK: (_S.RETIRED, _R.ALREADY_CHECKED_OUT),
    _S.IN_USE: (_S.RETIRED, _R.ALREADY_CHECKED_OUT),
    _S.IN_MAINTENANCE: (_S.RETIRED, _R.ALREADY_CHECKED_OUT),
    _S.MISSING: (_S.RETIRED, _R.ALREADY_CHECKED_OUT),
    _S.RETIRED: (_R.ASSET_RETIRED, _R.ASSET_RETIRED),
    _S.DISPOSED: (_R.ASSET_RETIRED, _R.ASSET_RETIRED),
}
# A new day says nothing of where the asset is: what is missing stays missing.
EXTEND_STEPS: Steps = {
    _S.REQUESTED: (_R.NOT_CHECKED_OUT, _S.REQUESTED),
    _S.ORDERED: (_R.NOT_CHECKED_OUT, _S.ORDERED),
    _S.IN_STOCK: (_R.NOT_CHECKED_OUT, _S.IN_STOCK),
    _S.IN_USE: (_R.NOT_CHECKED_OUT, _S.IN_USE),
    _S.IN_MAINTENANCE: (_R.NOT_CHECKED_OUT, _S.IN_MAINTENANCE),
    _S.MISSING: (_R.NOT_CHECKED_OUT, _S.MISSING),
    _S.RETIRED: (_R.ASSET_RETIRED, _R.ASSET_RETIRED),
    _S.DISPOSED: (_R.ASSET_RETIRED, _R.ASSET_RETIRED),
}
