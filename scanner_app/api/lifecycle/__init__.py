"""The life of assets in the API: tasks, and what devices report."""
