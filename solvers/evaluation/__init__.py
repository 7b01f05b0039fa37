"""Evaluation of classifiers, detectors and language models: counts, precision and recall, F scores, overlap, perplexity, BLEU."""

from __future__ import annotations

from solvers.evaluation.agreement import agreement, roc_auc
from solvers.evaluation.binary import binary, counts_wanted, f_beta
from solvers.evaluation.boxes import iou
from solvers.evaluation.language import bleu, perplexity
from solvers.evaluation.several import confusion_matrix

__all__ = [
    "agreement",
    "binary",
    "bleu",
    "confusion_matrix",
    "counts_wanted",
    "f_beta",
    "iou",
    "perplexity",
    "roc_auc",
]
