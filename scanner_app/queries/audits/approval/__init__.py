"""What waits for somebody's approval, and who may give it."""
