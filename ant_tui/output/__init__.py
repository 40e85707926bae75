"""Task output: reading logs and making any text safe to show.

Leaf package: it imports nothing of ours but ``ant_tui.errors``, and neither Textual nor asyncio. Nothing is imported
here either, because the command line imports single modules of this package on its hot path.
"""
