"""What the machine is doing: its GPUs, its processors, and who uses them.

This package reads and reports; it decides nothing and knows nothing of tasks but their numbers. The scheduler owns one
``sampler.Sampler`` and turns its samples into events; the screen draws what ``history.History`` has kept.
"""
