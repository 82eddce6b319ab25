"""What people who are not counting are asked about an audit."""
