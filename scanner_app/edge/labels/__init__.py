"""What label pages, the API and print jobs share: contents by code, fonts, files."""
