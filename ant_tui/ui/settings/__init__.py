"""The settings screen: every setting with its value, meaning and origin, changed in the user's own file."""
