"""The command line: each command parses, calls one function of the other packages, and shows what came back.

What needs a terminal belongs here, the drill's conversation included; nothing imports this package.
"""
