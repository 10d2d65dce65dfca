"""`python -m autograder`: the command, where no folder of scripts is on the PATH."""

from .cli import main

main()
