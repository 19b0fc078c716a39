"""What is stored, and the database it is stored in."""
