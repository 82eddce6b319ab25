"""Tasks, what devices report, and what is asked for and bought."""
