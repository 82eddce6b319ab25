"""The counter: the tray that a clerk fills by scanning, and the hand-over that it becomes."""
