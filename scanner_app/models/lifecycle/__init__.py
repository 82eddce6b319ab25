"""Tasks with their checklists and plans, and what devices report."""
