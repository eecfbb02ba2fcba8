"""Measured claims from abstracts, as SQL.

    from extractor import Settings, compare_baseline, extract_documents, run_sql

    summary = extract_documents(["papers.jsonl"], Settings(db="claims.duckdb"))
    for comparison in compare_baseline("claims.duckdb", "vLLM"):
        print(comparison.method, comparison.factor_low, comparison.factor_high)

Every command of ``claims`` is one call of these functions. Modules load when they are first used.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
