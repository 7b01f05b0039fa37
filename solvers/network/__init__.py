"""Whole networks: layers as steps of one derivation. `kinds` holds the kinds of layers, `model` a network, `library` the networks by name."""

from __future__ import annotations
