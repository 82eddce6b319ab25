"""Tasks and checklists, as scans, pages and other services open and advance them."""
