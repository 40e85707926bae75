"""Taking over what an older scheduler left: its files become plans, which say what to take, what to leave, and why.

Pure but for reading the files. Who carries a plan out (the command line) decides where settings, tasks and slots go.
"""
