"""Jobs that look for what people should know, and send it."""
