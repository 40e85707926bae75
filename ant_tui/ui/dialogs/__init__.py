"""Dialogs: each asks one thing and is dismissed with a typed answer; the safe answer is the default."""
