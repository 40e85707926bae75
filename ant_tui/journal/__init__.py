"""The journal: what was recorded, on disk. Append, replay, snapshot, and the lock of the data directory."""
