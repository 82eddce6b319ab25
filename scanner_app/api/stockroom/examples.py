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
    **{
        f"{schema}.{name}": value
        for schema in ("Reservation", "NewReservation", "ReservationInput", "TrayReservation")
        for name, value in (
            ("number", "R-2026-000001"),
            ("person", "1001"),
            ("starts_at", "2032-03-02T09:00:00Z"),
            ("ends_at", "2032-03-04T16:00:00Z"),
            ("note", "For the fair."),
            ("state", "booked"),
            ("place", None),
        )
    },
    "NewReservation.draft": True,
    "BookedThing.code": "LT-0009",
    "ReservedLine.kind": "asset",
    "ReservedLine.ref": "LT-0009",
    "ReservedLine.picked": [],
    "TrayItem.thing": "LT-0009",
    "out": 0,
    "wanted": 1,
    "here": 0,
    "is_fixed": True,
    "is_whole": True,
}
KIT_SHOWN: dict[str, tuple[str, ...]] = {
    "NewHandover": ("handover_id", "kind", "person", "place", "scans", "at"),
    "LineScan": ("scan_id", "code", "scanned_at"),
    "Handover": ("handover_id", "number", "kind", "state", "lines", "sha256"),
    "HandoverLine": ("n", "asset_tag", "outcome", "condition", "said"),
    "NewKit": ("name",),
    "NewReservation": ("person", "starts_at", "ends_at", "things", "draft"),
    "ReservationInput": ("person", "starts_at", "ends_at", "things", "note"),
    "BookedThing": ("code",),
    "Reservation": ("number", "state", "person", "starts_at", "ends_at", "lines"),
    "KitInput": ("name",),
    "NewPiece": ("code",),
    "Kit": ("tag", "name", "is_whole", "odd", "pieces"),
}
KIT_CALLS: dict[str, dict[str, Any]] = {
    "GET /api/v1/kits": {"q": "meeting"},
    "GET /api/v1/reservations": {"person": "1001", "open": True},
    "GET /api/v1/reservations/{number}": {"number": "R-2026-000001"},
    "PUT /api/v1/reservations/{number}": {"number": "R-2026-000001"},
    "POST /api/v1/reservations/{number}/booking": {"number": "R-2026-000001"},
    "DELETE /api/v1/reservations/{number}": {"number": "R-2026-000001"},
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
