"""What the counter's scripts are delivered with: the rules, and the tray as it lies there."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from scanner_app.domain.stockroom.handovers import HANDOVER_KINDS
from scanner_app.domain.stockroom.tray import COMMANDS, STOCK_WHY, Tray, list_refusals


def counter_facts() -> dict[str, Any]:
    """Return what the page's scripts know of the rules, from the server's own rows."""
    return {
        "kinds": {
            kind.value: {
                "label": facts.verb,
                "intent": facts.intent.value,
                "needs_person": facts.needs_person,
                "refusals": list_refusals(kind),
            }
            for kind, facts in HANDOVER_KINDS.items()
        },
        "commands": {command.value: {"kind": facts.kind} for command, facts in COMMANDS.items()},
        "stock": STOCK_WHY,
    }


def tray_json(tray: Tray) -> list[dict[str, Any]]:
    """Return the scans of a tray, with which the scripted page goes on after a reload."""
    return [
        {
            "scan_id": str(scan.scan_id),
            "code": scan.code,
            "at": scan.at.isoformat(),
            "thing": asdict(scan.thing) if scan.thing else None,
            "person": {"ref": scan.person[0], "name": scan.person[1]} if scan.person else None,
            "place": {"code": scan.place[0], "name": scan.place[1]} if scan.place else None,
            "stock": asdict(scan.stock) if scan.stock else None,
            "kit": asdict(scan.kit) if scan.kit else None,
            "of_kit": asdict(scan.of_kit) if scan.of_kit else None,
        }
        for scan in tray.scans
    ]
