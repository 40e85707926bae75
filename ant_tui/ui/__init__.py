"""The full screen: Textual screens and widgets. No business rules; it speaks to ``client`` and nothing below it."""
