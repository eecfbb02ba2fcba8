ALTER TABLE calls ADD COLUMN cost DOUBLE;  -- US dollars; NULL where the price is unknown

-- What an extraction cost is known, what each of its calls cost is not: the sums are right.
UPDATE calls SET cost = CASE WHEN ordinal = 1 THEN extractions.cost ELSE 0 END
FROM extractions
WHERE calls.extraction_id = extractions.extraction_id AND calls.run_id = extractions.run_id
    AND extractions.cost IS NOT NULL;
