"""Widgets that are ours because ready ones were measured too slow. They show frozen data and post messages, nothing else."""
