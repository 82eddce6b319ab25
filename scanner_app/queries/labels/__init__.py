"""Reads of labels: the things they are for, designs, rolls, and what was printed."""
