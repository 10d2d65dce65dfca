"""A verdict in words, and how the words are laid out."""
