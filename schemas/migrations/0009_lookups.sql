-- What papers and their extractions are looked up by when others are stored: numbers are read in a third of the time of
-- identities as text.
ALTER TABLE papers ADD COLUMN paper_hash UBIGINT;
UPDATE papers SET paper_hash = md5_number_lower(paper_id);
ALTER TABLE extractions ADD COLUMN paper_hash UBIGINT;
UPDATE extractions SET paper_hash = md5_number_lower(paper_id);
