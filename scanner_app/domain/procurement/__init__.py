"""What is bought: suppliers, orders with lines, and deliveries that are received by scans."""
