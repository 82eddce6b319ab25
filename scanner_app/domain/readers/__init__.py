"""Rules of readers that need no database and no hardware."""
