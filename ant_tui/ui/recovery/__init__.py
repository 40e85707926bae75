"""The dialog about tasks that earlier sessions left. What becomes of them is done by the scheduler's verbs."""
