"""Pages of costs, choices and the roadmap."""
