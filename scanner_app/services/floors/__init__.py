"""Change the plan of a floor."""
