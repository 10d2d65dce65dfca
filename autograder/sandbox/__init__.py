"""Runs a submission in a process of its own that knows no answer, and can reach nothing.

warm.py starts once, imports what lessons import, and forks a process for each submission; layers.py shuts it in; inside.py is
what runs there; wire.py carries plain data; process.py and session.py are the judge's end,
and replies.py cleans what comes back. Nothing here knows what is right or wrong.
"""
