"""Labels that somebody asked for."""
