"""Where Flask ends: answers that pages and API share."""
