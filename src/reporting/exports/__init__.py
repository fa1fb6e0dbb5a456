"""What people said, in the forms that other programs read, and read back from them."""
