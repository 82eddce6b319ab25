"""What an audit covers that has no label: licences, cloud and data assets, pieces of stock."""
