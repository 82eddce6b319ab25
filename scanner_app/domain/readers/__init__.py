"""Rules of readers."""
