"""The shared review: its nouns, and the book they are kept in."""
