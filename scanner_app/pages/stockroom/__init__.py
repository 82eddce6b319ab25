"""The counter's pages: the tray, the desk card, and one hand-over."""
