"""The editor: writing tasks, changing queued ones, and the variables that all new tasks get.

What a form says and what it comes to is decided by modules without a widget (``form``, ``variables``, ``checking``,
``changing``); the others show it.
"""
