"""Widgets that are ours because ready ones were measured too slow: they show frozen data and post messages."""
