"""What findings of an audit rest on, and what its policy still asks for."""
