"""Floor plans as files: what is kept of an upload, and what is sent."""
