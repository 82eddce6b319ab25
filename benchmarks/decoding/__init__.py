"""How well codes are read from pictures: each engine alone, and the cascade."""
