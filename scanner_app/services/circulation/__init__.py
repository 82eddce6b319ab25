"""Rules of lending and closed days, as the pages and the API change them."""
