"""What a request and a worker know of sending notices: rules, addresses and links."""
