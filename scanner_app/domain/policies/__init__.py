"""Policies: what must hold at a step or at any time, what is checked, and who may let it pass."""
