"""Example values of the counter and of kits: a set of two things of the sample office."""

from __future__ import annotations

from typing import Any

KIT_VALUES: dict[str, Any] = {
    "HandedKit.code": "KIT-0001",
    "HandedKit.name": "Meeting set",
    "HandedKit.open": [],
    "Kit.ended_at": None,
    "Kit.name": "Meeting set",
    "Kit.odd": [],
    "Kit.tag": "KIT-0001",
    "KitCard.code": "KIT-0001",
    "KitCard.name": "Meeting set",
    "KitCard.odd": [],
    "KitInput.name": "Meeting set, large",
    "KitPiece.kind": "asset",
    "KitPiece.ref": "LT-0007",
    "KitPieceCard.kind": "asset",
    "KitPieceCard.ref": "LT-0007",
    "NewKit.name": "Meeting set",
    "NewPiece.code": "LT-0007",
    "NewHandover.kits": [],
    "TrayKit.code": "KIT-0001",
    "TrayKit.name": "Meeting set",
    "TrayPiece.said": "",
    "TrayPiece.state": "here",
    "TrayPiece.thing": "LT-0007",
    "is_fixed": True,
    "is_whole": True,
}
KIT_SHOWN: dict[str, tuple[str, ...]] = {
    "NewHandover": ("handover_id", "kind", "person", "place", "scans", "at"),
    "LineScan": ("scan_id", "code", "scanned_at"),
    "Handover": ("handover_id", "number", "kind", "state", "lines", "sha256"),
    "HandoverLine": ("n", "asset_tag", "outcome", "condition", "said"),
    "NewKit": ("name",),
    "KitInput": ("name",),
    "NewPiece": ("code",),
    "Kit": ("tag", "name", "is_whole", "odd", "pieces"),
}
KIT_CALLS: dict[str, dict[str, Any]] = {
    "GET /api/v1/kits": {"q": "meeting"},
    **{
        f"{method} /api/v1/kits/{{tag}}{more}": {"tag": "KIT-0001", "piece_id": 1}
        for method, more in (
            ("GET", ""),
            ("PATCH", ""),
            ("DELETE", ""),
            ("POST", "/pieces"),
            ("DELETE", "/pieces/{piece_id}"),
        )
    },
}
