"""Labels: what they are printed on, what is on them, and how blank ones are numbered."""
