"""The control socket: its schema, its verbs, its server. The door that the command line and remote screens use."""
