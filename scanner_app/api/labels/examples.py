"""Example values of label designs."""

from __future__ import annotations

from typing import Any

_BODY: dict[str, Any] = {
    "margin": 1.0,
    "elements": [
        {
            "type": "symbol",
            "x": 0,
            "y": 2.5,
            "w": 20,
            "h": 20,
            "symbology": "qr",
            "content": "link",
            "align": "left",
        },
        {
            "type": "text",
            "x": 21,
            "y": 5,
            "w": 28,
            "h": 6,
            "field": "code",
            "size": 4.5,
            "weight": "bold",
            "align": "left",
            "fit": "shrink",
        },
    ],
}
_NAMED = {"name": "Server room", "kind": "asset", "stock": "zebra-50x25", "body": _BODY}
LABEL_VALUES: dict[str, Any] = {
    **{f"LabelDesignInput.{name}": value for name, value in _NAMED.items()},
    **{f"LabelDesign.{name}": value for name, value in _NAMED.items()},
    **{f"LabelDesignRow.{name}": value for name, value in _NAMED.items() if name != "body"},
    "LabelDesign.key": "server-room",
    "LabelDesign.version": 1,
    "LabelDesignRow.key": "server-room",
    "LabelDesignRow.version": 1,
    "VersionQuery.version": 1,
    "LabelChoice.stock": "zebra-50x25",
    "LabelChoice.category": "Laptop",
    "LabelChoice.design": "qr-text",
    "is_builtin": False,
    "LabelOrder.content": "link",
    "LabelOrder.design": "qr-text",
    "LabelOrder.format": "pdf",
    "LabelOrder.owner": "Property of Example Ltd",
    "LabelOrder.stock": "avery-l7160",
    "LabelOrder.things": ["LT-0042", "BER-105"],
}
LABEL_CALLS: dict[str, dict[str, Any]] = {
    f"{verb} /api/v1/label-designs/{{key}}": {"key": "server-room"}
    for verb in ("GET", "PUT", "DELETE")
}
