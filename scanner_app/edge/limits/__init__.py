"""Limits of what is taken: what a sender sends, pictures at once, free space on the disk."""
