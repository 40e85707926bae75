"""The full screen in a browser. Needs the extra ``web``; nothing else imports this package."""
