"""Example values of tasks and of what devices report, about laptop LT-0042 of the sample office."""

from __future__ import annotations

from typing import Any

TASK_VALUES: dict[str, Any] = {
    "AnswerInput.id": "5f0c1e64-7d0f-4c39-8a52-90c6b7f3b002",
    "AnswerInput.item": "i1",
    "Fact.name": "encrypted",
    "Fact.source": "intune",
    "Fact.value": "yes",
    "FactsAnswer.items": ["recorded"],
    "FactsInput.source": "intune",
    "Item.key": "i1",
    "Item.options": [],
    "Item.text": "Ask for the missing charger",
    "Item.type": "tick",
    "Item.value": None,
    "NewTask.id": "5f0c1e64-7d0f-4c39-8a52-90c6b7f3b001",
    "NewTask.items": "Ask for the missing charger\n? Write down who has it",
    "NewTask.title": "Charger of LT-0042",
    "ReportInput.facts": {"encrypted": True, "os_version": "14.2", "disk_free_percent": 41.5},
    "Task.notes": [],
    "Item.expects": "",
    "is_done": True,
    "is_required": True,
    "Fact.observed_at": "2026-03-02T08:00:00Z",
    "ReportInput.observed_at": "2026-03-02T08:00:00Z",
    "TaskInput.outcome": "It was in the drawer.",
    "TaskInput.state": "done",
}
for _schema in ("Task", "TaskSummary"):
    TASK_VALUES |= {
        f"{_schema}.kind": "follow_up",
        f"{_schema}.number": "F31",
        f"{_schema}.state": "open",
        f"{_schema}.title": "Charger of LT-0042",
        f"{_schema}.closed_at": None,
        f"{_schema}.outcome": None,
    }
TASK_SHOWN: dict[str, tuple[str, ...]] = {
    "AnswerInput": ("id", "item", "is_done"),
    "NewTask": ("id", "title", "asset", "items"),
    "ReportInput": ("asset_tag", "observed_at", "facts"),
    "TaskInput": ("state", "outcome"),
}
TASK_CALLS: dict[str, dict[str, Any]] = {
    "GET /api/v1/tasks": {"kind": "follow_up", "state": "open"},
    "GET /api/v1/tasks/{number}": {"number": "F31"},
    "PATCH /api/v1/tasks/{number}": {"number": "F31"},
    "POST /api/v1/tasks/{number}/answers": {"number": "F31"},
}
