"""What a decision about many findings was made over."""
