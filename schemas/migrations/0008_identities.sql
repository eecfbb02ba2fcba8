-- The keys of papers and extractions went: identities are hashes, so that every flush wrote their whole index anew, at a
-- million papers a hundred times as many bytes as its rows. Which are known is looked up when they are stored.
CREATE TABLE unkeyed_papers (
    paper_id VARCHAR NOT NULL,
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
    arxiv_id VARCHAR,
    document VARCHAR            -- the first that it was found in
);
INSERT INTO unkeyed_papers FROM papers ORDER BY rowid;
DROP TABLE papers;
ALTER TABLE unkeyed_papers RENAME TO papers;

CREATE TABLE unkeyed_extractions (
    extraction_id VARCHAR NOT NULL,
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
    n_dropped INTEGER NOT NULL,
    checksum UBIGINT,           -- of the answer and its claims; NULL where an earlier version stored them
    latest BOOLEAN              -- whether this is the paper's latest successful extraction
);
INSERT INTO unkeyed_extractions FROM extractions ORDER BY rowid;
DROP TABLE extractions;
ALTER TABLE unkeyed_extractions RENAME TO extractions;
