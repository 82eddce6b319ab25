"""The worker: its command, and how `serve` keeps one running."""
