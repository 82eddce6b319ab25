"""Pages about what people are asked to say they have, and the page on which they say it."""
