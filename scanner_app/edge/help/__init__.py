"""Help: the documentation as the pages show it."""
