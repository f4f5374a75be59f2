"""`qt bench`: our figures against peers, measured in the same run on the same machine."""
