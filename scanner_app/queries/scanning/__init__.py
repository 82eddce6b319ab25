"""Reads that scanning needs: what codes mean, names, the log and its exports."""
