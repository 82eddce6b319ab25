"""What suggestions rest on: the rules that are kept, and the facts of findings."""
