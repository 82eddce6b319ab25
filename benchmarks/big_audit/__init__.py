"""The audit of 100,000 assets whose truth is known beforehand."""
