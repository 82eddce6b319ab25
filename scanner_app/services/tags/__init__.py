"""Radio tags: made, written and bound to assets."""
