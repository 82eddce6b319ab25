"""What an audit looks like to those who watch: the board, and audits over time."""
