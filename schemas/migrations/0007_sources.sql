-- The key of sources went: whether a source is known is looked up when it is stored, and an index over three columns cost
-- every flush more than all its rows.
CREATE TABLE unkeyed_sources (
    paper_id VARCHAR NOT NULL,
    document VARCHAR NOT NULL,
    position INTEGER NOT NULL   -- from 1
);
INSERT INTO unkeyed_sources FROM sources ORDER BY rowid;
DROP TABLE sources;
ALTER TABLE unkeyed_sources RENAME TO sources;
