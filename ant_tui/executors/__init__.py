"""Carrying out starts: job directories, the wrapper that runs in them, and the processes of this machine."""
