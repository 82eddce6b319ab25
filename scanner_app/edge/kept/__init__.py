"""Sums of a large register that each process keeps for some minutes."""
