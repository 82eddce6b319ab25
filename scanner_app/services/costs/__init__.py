"""Change what is known of costs."""
