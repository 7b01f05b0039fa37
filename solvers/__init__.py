"""Derivations by topic, the step graph that runs them, and their certification against PyTorch.

What computes an answer belongs here; what asks for one belongs in `questions`.
"""
