"""Reading responses, comparing them with the key, diagnosing, marking, submissions, the gradebook and its statistics.

What turns a response into marks belongs here; how marks look on a page belongs in `templates`.
"""
