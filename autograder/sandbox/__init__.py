"""Runs a submission in a process of its own that knows no answer, and can reach nothing.

warm.py starts once, imports what lessons import, and forks a process for each submission; layers.py shuts it in; inside.py is
what runs there; wire.py carries plain data; process.py is the judge's end. Nothing here knows what is right or wrong.
"""
