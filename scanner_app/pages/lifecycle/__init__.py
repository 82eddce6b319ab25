"""Pages of tasks and checklists."""
