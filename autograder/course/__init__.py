"""What the lessons share: the look of the figures, the figures, and stand-ins for functions not written yet.

Only notebooks import this package; the engine never does, so `import autograder` stays light.
"""
