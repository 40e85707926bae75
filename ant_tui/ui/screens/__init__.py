"""Whole screens: what is on them and how they share the room. Panes and dialogs have packages of their own."""
