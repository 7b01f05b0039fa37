"""The bank: question templates by topic, their schema, loading, sampling of variants, papers, and checks of the bank.

What decides what a student is asked belongs here; what computes the answers belongs in `solvers`.
"""
