"""Pull: bring records in from databases and files, and find the duplicates among them."""
