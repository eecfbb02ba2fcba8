"""The store: one DuckDB file that holds papers, extractions and claims."""

from extractor.store.check import check_store
from extractor.store.parts import Loaded, write_part
from extractor.store.store import Counts, Outcome, Store, WorkSummary

__all__ = ["Counts", "Loaded", "Outcome", "Store", "WorkSummary", "check_store", "write_part"]
