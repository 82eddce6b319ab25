"""What is wrong with the service, for those who run it."""
