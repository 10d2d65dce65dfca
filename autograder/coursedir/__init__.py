"""A course on the disk: where things lie, its settings, its releases, its notebooks' cells."""
