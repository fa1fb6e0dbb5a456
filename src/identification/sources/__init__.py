"""One small module per source: query and window in, pages of records out."""
