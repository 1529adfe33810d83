"""The doors that people use: the command line, and what it shows in a terminal."""
