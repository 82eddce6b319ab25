"""What of the log leaves the house: checkpoints, stamps and files."""
