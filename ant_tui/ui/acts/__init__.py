"""What actions do, one module per group; which actions there are, and when they may be done, is in ``ui.actions``."""
