"""ant-tui: a GPU job scheduler that lives in a terminal."""

__version__ = "0.1.0"
