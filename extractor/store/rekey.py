"""Giving stored claims the keys and families that today's rules and the user's aliases give them.

Where the family of a metric changes, the factor does too: 5 % more is another thing for a share than for a speed. Of
the names in a claim's baseline those with one key count once, so that an alias may join two of them; when it is gone,
they are two again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from extractor.factors import improvement_factor
from extractor.metrics import FAMILIES
from extractor.names import key_in_paper, split_names
from extractor.store.rows import fetch_rows, quantity_from

if TYPE_CHECKING:
    import duckdb

    from extractor.aliases import Aliases

_PAPERS_A_BATCH = 5_000
_KEYS = pa.schema([
    ("paper_id", pa.string()), ("name", pa.string()), ("key", pa.string()), ("method_key", pa.string()),
    ("generic", pa.bool_()),
])  # fmt: skip
_FACTORS = pa.schema([
    ("extraction_id", pa.string()), ("ordinal", pa.int32()), ("low", pa.float64()), ("high", pa.float64()),
])  # fmt: skip
_PARTS = pa.schema([("baseline", pa.string()), ("place", pa.int32()), ("name", pa.string())])

# One row a paper, with its abstract where that may define abbreviations.
_NAMES = r"""
SELECT paper_id, names,
    CASE WHEN regexp_matches(abstract, '[(\[（][\\{$]*[A-Za-z]') THEN abstract ELSE '' END AS abstract
FROM papers JOIN (
    SELECT paper_id, list(DISTINCT name) AS names
    FROM (
        SELECT extraction_id, method AS name FROM claims
        UNION ALL SELECT extraction_id, baseline FROM claims WHERE baseline IS NOT NULL
        UNION ALL SELECT extraction_id, name FROM claim_baselines
        UNION ALL SELECT extraction_id, name FROM claims JOIN parts USING (baseline)
    ) JOIN extractions USING (extraction_id)
    GROUP BY paper_id
) USING (paper_id)
"""
# Baselines that may list several names: most do not, and Python takes its time for each.
_LISTS = r"SELECT DISTINCT baseline FROM claims WHERE regexp_matches(baseline, '[,;&]|\b(and|or|as)\b', 'i')"
_CHANGED_CLAIMS = """
CREATE OR REPLACE TEMP TABLE changed_claims AS
SELECT c.extraction_id, c.ordinal, m.method_key, m.generic AS method_generic, b.key AS baseline_key,
    coalesce(b.generic, false) AS baseline_generic, f.family AS metric_family
FROM claims c
JOIN extractions e USING (extraction_id)
JOIN name_keys m ON m.paper_id = e.paper_id AND m.name = c.method
LEFT JOIN name_keys b ON b.paper_id = e.paper_id AND b.name = c.baseline
JOIN families f ON f.metric = c.metric
WHERE (c.method_key, c.method_generic, c.baseline_key, c.baseline_generic, c.metric_family)
    IS DISTINCT FROM (m.method_key, m.generic, b.key, coalesce(b.generic, false), f.family)
"""
_SEVERAL_BASELINES = """
CREATE OR REPLACE TEMP TABLE several_baselines AS
SELECT extraction_id, ordinal, place, name, key, generic, c.method_key
FROM claims c
JOIN parts USING (baseline)
JOIN extractions e USING (extraction_id)
JOIN name_keys k USING (paper_id, name)
QUALIFY row_number() OVER (PARTITION BY extraction_id, ordinal, key ORDER BY place) = 1
"""
_OTHER_LISTS = """
CREATE OR REPLACE TEMP TABLE other_lists AS
SELECT extraction_id, ordinal
FROM (SELECT extraction_id, ordinal, list(name ORDER BY name) AS names FROM several_baselines GROUP BY ALL) new
JOIN (
    SELECT extraction_id, ordinal, list(name ORDER BY name) AS names
    FROM claim_baselines SEMI JOIN several_baselines USING (extraction_id, ordinal) GROUP BY ALL
) old USING (extraction_id, ordinal)
WHERE new.names <> old.names
"""
_DELETE_LISTS = """
DELETE FROM claim_baselines USING other_lists old
WHERE claim_baselines.extraction_id = old.extraction_id AND claim_baselines.ordinal = old.ordinal
"""
_INSERT_LISTS = """
INSERT INTO claim_baselines BY NAME
SELECT * EXCLUDE (place), loose(name) AS loose
FROM several_baselines SEMI JOIN other_lists USING (extraction_id, ordinal)
ORDER BY extraction_id, ordinal, place
"""
_CHANGED_BASELINES = """
CREATE OR REPLACE TEMP TABLE changed_baselines AS
SELECT DISTINCT extraction_id, ordinal, name, k.key, k.generic
FROM claim_baselines c JOIN extractions e USING (extraction_id) JOIN name_keys k USING (paper_id, name)
WHERE (c.key, c.generic) IS DISTINCT FROM (k.key, k.generic)
"""
_UPDATE_CLAIMS = """
UPDATE claims SET method_key = new.method_key, method_generic = new.method_generic, baseline_key = new.baseline_key,
    baseline_generic = new.baseline_generic, metric_family = new.metric_family
FROM changed_claims new WHERE claims.extraction_id = new.extraction_id AND claims.ordinal = new.ordinal
"""
_UPDATE_BASELINES = """
UPDATE claim_baselines SET key = new.key, generic = new.generic FROM changed_baselines new
WHERE claim_baselines.extraction_id = new.extraction_id AND claim_baselines.ordinal = new.ordinal
    AND claim_baselines.name = new.name
"""
_UPDATE_METHODS = """
UPDATE claim_baselines SET method_key = new.method_key FROM changed_claims new
WHERE claim_baselines.extraction_id = new.extraction_id AND claim_baselines.ordinal = new.ordinal
"""
_OTHER_FAMILY = """
SELECT c.* REPLACE (new.metric_family AS metric_family)
FROM claims c JOIN changed_claims new ON new.extraction_id = c.extraction_id AND new.ordinal = c.ordinal
WHERE c.metric_family <> new.metric_family
"""
_UPDATE_FACTORS = """
UPDATE claims SET factor_low = new.low, factor_high = new.high FROM factors new
WHERE claims.extraction_id = new.extraction_id AND claims.ordinal = new.ordinal
"""
_COUNT = """
SELECT count(*) FROM (
    SELECT extraction_id, ordinal FROM changed_claims UNION SELECT extraction_id, ordinal FROM changed_baselines
    UNION FROM other_lists
)
"""


def rekey(connection: duckdb.DuckDBPyConnection, aliases: Aliases) -> int:
    """Write the keys of all methods and baselines and the families of all metrics anew; how many claims changed."""
    connection.register("parts", _parts(connection))
    connection.register("name_keys", _name_keys(connection, aliases))
    connection.register("families", _families(connection, aliases))
    lists = (_SEVERAL_BASELINES, _OTHER_LISTS, _DELETE_LISTS, _INSERT_LISTS)
    for statement in (*lists, _CHANGED_CLAIMS, _CHANGED_BASELINES):
        connection.execute(statement)
    connection.register("factors", _factors(connection))
    for statement in (_UPDATE_FACTORS, _UPDATE_CLAIMS, _UPDATE_BASELINES, _UPDATE_METHODS):
        connection.execute(statement)
    ((count,),) = connection.execute(_COUNT).fetchall()
    return int(count)


def _parts(connection: duckdb.DuckDBPyConnection) -> pa.Table:
    """The names in every baseline that lists several."""
    baselines = connection.execute(_LISTS).fetchall()
    rows = [
        {"baseline": baseline, "place": place, "name": name}
        for (baseline,) in baselines
        if len(names := split_names(baseline)) > 1
        for place, name in enumerate(names)
    ]
    return pa.Table.from_pylist(rows, schema=_PARTS)


def _name_keys(connection: duckdb.DuckDBPyConnection, aliases: Aliases) -> pa.Table:
    batches = []
    with connection.sql(_NAMES).to_arrow_reader(_PAPERS_A_BATCH) as reader:
        for batch in reader:
            rows = []
            for paper in batch.to_pylist():
                for name in paper["names"]:
                    key, generic = aliases.identify(name, paper["abstract"])
                    method_key = key_in_paper(key, paper["paper_id"]) if generic else key
                    rows.append((paper["paper_id"], name, key, method_key, generic))
            columns = zip(*rows, strict=True)
            batches.append(pa.RecordBatch.from_arrays([pa.array(column) for column in columns], schema=_KEYS))
    return pa.Table.from_batches(batches, schema=_KEYS)


def _families(connection: duckdb.DuckDBPyConnection, aliases: Aliases) -> pa.Table:
    metrics = [metric for (metric,) in connection.execute("SELECT DISTINCT metric FROM claims").fetchall()]
    columns = {
        "metric": pa.array(metrics, pa.string()),
        "family": pa.array([aliases.family(metric).name for metric in metrics], pa.string()),
    }
    return pa.table(columns)


def _factors(connection: duckdb.DuckDBPyConnection) -> pa.Table:
    """The factors of the claims whose metric comes to another family."""
    rows = []
    for claim in fetch_rows(connection, _OTHER_FAMILY, {}):
        factor = improvement_factor(
            quantity_from(claim),
            metric=claim["metric"],
            direction=claim["direction"],
            effect=claim["effect"],
            family=FAMILIES[claim["metric_family"]],
        )
        key = {name: claim[name] for name in ("extraction_id", "ordinal")}
        rows.append(key | {"low": factor.low, "high": factor.high})
    return pa.Table.from_pylist(rows, schema=_FACTORS)
