"""The files of the log: their names, their rotation, and reading them."""
