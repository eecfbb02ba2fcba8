"""The store: one DuckDB file that holds papers, extractions and claims."""

from extractor.store.check import check_store
from extractor.store.store import Counts, Outcome, Store, WorkSummary

__all__ = ["Counts", "Outcome", "Store", "WorkSummary", "check_store"]
