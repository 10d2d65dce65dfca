"""For instructors: from submissions to gradebook and feedback. Students never import this."""
