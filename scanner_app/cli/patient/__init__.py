"""The worker of `scanner-app serve`: nobody who sends or reads slowly holds one of its threads."""
