"""How screens and commands speak to a scheduler, wherever it lives."""
