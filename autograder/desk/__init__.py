"""The student's desk: a copy of the release that takes in new ones, a start page, progress, handing in.

Nothing here is read or written by grading.
"""
