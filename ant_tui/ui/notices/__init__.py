"""What happened without anybody asking for it: heard, kept in a list, shown as a toast, told to the terminal."""
