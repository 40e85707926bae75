"""The command line: one small file per group of verbs. Nothing is imported here, because every call pays for it."""
