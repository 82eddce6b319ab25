"""Rules of what is counted in pieces: consumables, accessories and components."""
