"""Jinja2 templates and what renders them: papers, answer sheets, solutions, feedback, reports.

What a page looks like belongs here; what stands on it comes ready-made from `questions` and `grader`.
"""
