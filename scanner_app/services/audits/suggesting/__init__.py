"""Write rules of suggestions, and take what they suggest."""
