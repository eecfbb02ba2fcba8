-- The tables of a store. People query the views in views.sql and macros.sql; the tables may change between versions.
-- Times are UTC. An identity is a prefix of a SHA-256 in hex digits.

CREATE TABLE meta (
    key VARCHAR PRIMARY KEY,
    value VARCHAR NOT NULL
);

CREATE TABLE migrations (
    number INTEGER PRIMARY KEY,
    name VARCHAR NOT NULL,
    applied_at TIMESTAMP NOT NULL
);

CREATE TABLE papers (
    paper_id VARCHAR PRIMARY KEY,
    title VARCHAR NOT NULL,
    abstract VARCHAR NOT NULL,
    authors VARCHAR[] NOT NULL,
    n_authors INTEGER,
    subject VARCHAR,
    date VARCHAR,               -- as printed
    published DATE,             -- where the printed date is complete
    upvotes INTEGER,
    external_id VARCHAR,
    url VARCHAR,
    doi VARCHAR,
    arxiv_id VARCHAR
);

CREATE TABLE sources (
    paper_id VARCHAR NOT NULL,
    document VARCHAR NOT NULL,
    position INTEGER NOT NULL,  -- from 1
    PRIMARY KEY (paper_id, document, position)
);

CREATE TABLE runs (
    run_id VARCHAR PRIMARY KEY,
    model VARCHAR NOT NULL,
    prompt VARCHAR NOT NULL,
    prompt_hash VARCHAR NOT NULL,
    schema_hash VARCHAR NOT NULL,
    options JSON NOT NULL,
    started_at TIMESTAMP NOT NULL,
    finished_at TIMESTAMP,
    outcome VARCHAR,            -- completed, interrupted, failed; NULL while it runs
    summary JSON,
    row_counts JSON             -- rows of each table when the run ended
);

-- One paper under one model, prompt and schema; extraction_id is the hash of these four.
CREATE TABLE extractions (
    extraction_id VARCHAR PRIMARY KEY,
    paper_id VARCHAR NOT NULL,
    model VARCHAR NOT NULL,
    prompt VARCHAR NOT NULL,
    prompt_hash VARCHAR NOT NULL,
    schema_hash VARCHAR NOT NULL,
    run_id VARCHAR NOT NULL,
    status VARCHAR NOT NULL,    -- ok, truncated, refused, failed
    reply VARCHAR,
    error VARCHAR,
    cost DOUBLE,                -- US dollars
    finished_at TIMESTAMP NOT NULL,
    n_claims INTEGER NOT NULL,
    n_dropped INTEGER NOT NULL
);

-- One HTTP request. Calls stay when an extraction is replaced: they were paid for.
CREATE TABLE calls (
    extraction_id VARCHAR NOT NULL,
    run_id VARCHAR NOT NULL,
    ordinal INTEGER NOT NULL,   -- within the extraction and run, from 1
    purpose VARCHAR NOT NULL,   -- answer, re-ask
    started_at TIMESTAMP NOT NULL,
    latency DOUBLE NOT NULL,    -- seconds
    http_status INTEGER,
    finish_reason VARCHAR,
    prompt_tokens BIGINT NOT NULL,
    cached_tokens BIGINT NOT NULL,
    completion_tokens BIGINT NOT NULL,
    error VARCHAR
);

CREATE TABLE claims (
    extraction_id VARCHAR NOT NULL,
    ordinal INTEGER NOT NULL,   -- within the extraction, from 1
    improvement VARCHAR NOT NULL,
    metric VARCHAR NOT NULL,
    direction VARCHAR NOT NULL,
    effect VARCHAR NOT NULL,
    method VARCHAR NOT NULL,
    baseline VARCHAR,
    hardware VARCHAR,
    setting VARCHAR,
    evidence VARCHAR NOT NULL,
    evidence_start INTEGER NOT NULL,
    evidence_end INTEGER NOT NULL,
    quantity_kind VARCHAR,
    quantity_low DOUBLE,
    quantity_high DOUBLE,
    quantity_unit VARCHAR,
    quantity_bound VARCHAR,
    quantity_descending BOOLEAN,
    factor_low DOUBLE,
    factor_high DOUBLE,
    metric_family VARCHAR NOT NULL,
    method_key VARCHAR NOT NULL,
    baseline_key VARCHAR,
    baseline_generic BOOLEAN NOT NULL
);

-- The single baselines that a claim names: "Transformers and Galaxy" is two.
CREATE TABLE claim_baselines (
    extraction_id VARCHAR NOT NULL,
    ordinal INTEGER NOT NULL,
    name VARCHAR NOT NULL,
    key VARCHAR NOT NULL,
    generic BOOLEAN NOT NULL
);

CREATE TABLE dropped_claims (
    extraction_id VARCHAR NOT NULL,
    claim VARCHAR NOT NULL,     -- JSON, as the model answered
    reason VARCHAR NOT NULL
);

INSERT INTO meta VALUES ('application', 'claim-extractor');
