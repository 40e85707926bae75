"""What a person types → task drafts: the submission language. Pure: text, values and chance come in as arguments."""
