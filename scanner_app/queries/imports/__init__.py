"""What imports read: `runs` for pages and the worker, `register_snapshot` for the planners."""
