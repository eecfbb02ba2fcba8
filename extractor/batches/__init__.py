"""Extraction through a provider's batch API: at half the price, within a day.

Request files go up (:mod:`submit <extractor.batches.submission>`), answers come down when the provider has them
(:mod:`collect <extractor.batches.collection>`), and the store knows what is under way, so that no crash between any two
steps loses or doubles a request. An answer goes through the same conversation, grounding and store as any other.
"""

from extractor.batches.collection import Collection, collect_batches
from extractor.batches.management import BatchStatus, batch_statuses, cancel_batches
from extractor.batches.submission import Submission, submit_batches

__all__ = [
    "BatchStatus",
    "Collection",
    "Submission",
    "batch_statuses",
    "cancel_batches",
    "collect_batches",
    "submit_batches",
]
