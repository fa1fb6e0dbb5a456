"""Tell: the living report, drawn from the store."""
