"""From the agent to the server: kept on disk, posted, and what the server asks for in return."""
