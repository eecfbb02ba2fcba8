-- Methods without a name of their own, and what comparisons are searched by, where they can find it without other tables.

-- Whether the method is no particular system, such as "our approach"; its key is then that of one paper. Until the keys
-- are computed anew, which follows, every method passes for a named one.
ALTER TABLE claims ADD COLUMN method_generic BOOLEAN DEFAULT false;
ALTER TABLE claims ALTER COLUMN method_generic SET NOT NULL;
ALTER TABLE claims ALTER COLUMN method_generic DROP DEFAULT;

-- Names without case, blanks and punctuation: a name that somebody types is looked up among these.
ALTER TABLE claims ADD COLUMN method_loose VARCHAR;
UPDATE claims SET method_loose = regexp_replace(lower(method), '[^\p{L}\p{N}+*]+', '', 'g');
ALTER TABLE claim_baselines ADD COLUMN loose VARCHAR;
UPDATE claim_baselines SET loose = regexp_replace(lower(name), '[^\p{L}\p{N}+*]+', '', 'g');

-- The method_key of the claim.
ALTER TABLE claim_baselines ADD COLUMN method_key VARCHAR;
UPDATE claim_baselines b SET method_key = c.method_key
FROM claims c WHERE c.extraction_id = b.extraction_id AND c.ordinal = b.ordinal;

-- Whether this is the paper's latest successful extraction.
ALTER TABLE extractions ADD COLUMN latest BOOLEAN;
UPDATE extractions SET latest = extraction_id IN (
    SELECT arg_max(extraction_id, (finished_at, extraction_id))
    FROM extractions WHERE status IN ('ok', 'truncated') GROUP BY paper_id
);

-- The first document that the paper was found in.
ALTER TABLE papers ADD COLUMN document VARCHAR;
UPDATE papers SET document = first.document
FROM (SELECT paper_id, arg_min(document, rowid) AS document FROM sources GROUP BY paper_id) first
WHERE papers.paper_id = first.paper_id;

DELETE FROM meta WHERE key = 'naming_rules';  -- so that the keys are computed anew
