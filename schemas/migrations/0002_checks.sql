-- What `claims check` compares a store with.

-- How many rows the program has written to each table, less those it deleted.
CREATE TABLE row_counts (
    table_name VARCHAR PRIMARY KEY,
    n_rows BIGINT NOT NULL
);

INSERT INTO row_counts
SELECT 'papers', count(*) FROM papers
UNION ALL SELECT 'sources', count(*) FROM sources
UNION ALL SELECT 'runs', count(*) FROM runs
UNION ALL SELECT 'extractions', count(*) FROM extractions
UNION ALL SELECT 'calls', count(*) FROM calls
UNION ALL SELECT 'claims', count(*) FROM claims
UNION ALL SELECT 'claim_baselines', count(*) FROM claim_baselines
UNION ALL SELECT 'dropped_claims', count(*) FROM dropped_claims;

-- They were counted at the end of a run only.
ALTER TABLE runs DROP COLUMN row_counts;

-- Of an answer and its claims; NULL where an earlier version stored them.
ALTER TABLE extractions ADD COLUMN checksum UBIGINT;
