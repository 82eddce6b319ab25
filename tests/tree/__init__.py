"""The rules of the house that a program can check: sizes, layers, words."""
