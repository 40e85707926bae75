"""Telling somebody that a task has ended: a command, a webhook, and what a screen writes to its terminal.

Nothing here decides, waits for or holds up anything: whoever is told, and however long that takes, tasks go on.
"""
