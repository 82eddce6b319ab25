"""What is known of devices: support, known vulnerabilities, failures and use."""
