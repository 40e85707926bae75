"""The shell around the core: it owns time and I/O, turns the world into events and carries decisions out."""
