"""The book the review is kept in: the only room that speaks SQL."""
