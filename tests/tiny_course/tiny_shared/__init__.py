"""What the lessons of the tiny course share."""
