"""Panes: widgets of the main screen that show one part of a scheduler. Data comes in, messages go out."""
