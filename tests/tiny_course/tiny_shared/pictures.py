"""Pictures of counts."""


def bars(counts):
    """Each of the counts, numbers of at least 0, as a line of as many blocks."""
    return "\n".join("█" * int(count) for count in counts)
