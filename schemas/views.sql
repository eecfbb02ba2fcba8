-- The views of a store, for people. They are replaced when a newer version of the program opens the store.

CREATE OR REPLACE VIEW claim_all AS
SELECT
    p.paper_id,
    p.external_id,
    p.title,
    p.year,
    p.date,
    p.published,
    p.document,
    c.ordinal,
    c.method,
    c.baseline,
    c.hardware,
    c.metric,
    c.setting,
    c.improvement,
    c.direction,
    c.effect,
    c.evidence,
    c.evidence_start,
    c.evidence_end,
    c.confidence,
    c.quantity_kind,
    c.quantity_low,
    c.quantity_high,
    c.quantity_unit,
    c.quantity_bound,
    c.quantity_descending,
    c.factor,
    c.factor_low,
    c.factor_high,
    c.metric_family,
    c.method_key,
    c.method_generic,
    c.baseline_key,
    c.baseline_generic,
    e.model,
    e.prompt,
    e.finished_at AS extracted_at,
    c.extraction_id,
    e.latest
-- What is computed stands beneath the joins: above them it would keep DuckDB from joining the few claims that a query
-- is about before all papers.
FROM (
    SELECT *, CASE WHEN factor_low > 0 AND factor_high > factor_low THEN sqrt(factor_low) * sqrt(factor_high)
        ELSE coalesce(factor_low, factor_high) END AS factor
    FROM claims
) c
JOIN extractions e USING (extraction_id)
JOIN (
    SELECT *, coalesce(year(published), TRY_CAST(nullif(regexp_extract(date, '\b(?:19|20)\d\d\b'), '') AS BIGINT)) AS year
    FROM papers
) p USING (paper_id);
COMMENT ON VIEW claim_all IS 'Every claim of every extraction: a paper read by two models stands in it twice. Columns as in claim.';
COMMENT ON COLUMN claim_all.latest IS 'Whether this is the paper''s latest successful extraction: these claims make up the view claim.';

CREATE OR REPLACE VIEW claim AS
SELECT * EXCLUDE (latest) FROM claim_all WHERE latest;
COMMENT ON VIEW claim IS 'One row a claim, from the latest successful extraction of each paper.';
COMMENT ON COLUMN claim.paper_id IS 'Identity of the paper: hash of its title and abstract.';
COMMENT ON COLUMN claim.external_id IS 'The id that the paper had in its document, if any.';
COMMENT ON COLUMN claim.title IS 'Title of the paper.';
COMMENT ON COLUMN claim.year IS 'Year of publication, from the printed date.';
COMMENT ON COLUMN claim.date IS 'Date as printed.';
COMMENT ON COLUMN claim.published IS 'Day of publication, where the printed date is complete.';
COMMENT ON COLUMN claim.document IS 'The first document that the paper was found in.';
COMMENT ON COLUMN claim.ordinal IS 'Place of the claim among those of its paper, from 1.';
COMMENT ON COLUMN claim.method IS 'The system, technique, model or configuration whose result this is.';
COMMENT ON COLUMN claim.baseline IS 'What it is compared against, as written; NULL where nothing is stated.';
COMMENT ON COLUMN claim.hardware IS 'The device the result was measured on, as written.';
COMMENT ON COLUMN claim.metric IS 'What was measured, as the text names it.';
COMMENT ON COLUMN claim.setting IS 'The dataset, workload, model or condition the number holds for.';
COMMENT ON COLUMN claim.improvement IS 'The words that report the number, letter for letter.';
COMMENT ON COLUMN claim.direction IS 'What happens to the metric: increase, decrease, none.';
COMMENT ON COLUMN claim.effect IS 'Whether that is good for the method: better, worse, neutral.';
COMMENT ON COLUMN claim.evidence IS 'The sentence that the improvement stands in.';
COMMENT ON COLUMN claim.evidence_start IS 'abstract[evidence_start + 1 : evidence_end] is the improvement.';
COMMENT ON COLUMN claim.evidence_end IS 'End of the improvement in the abstract, in characters.';
COMMENT ON COLUMN claim.confidence IS 'The model''s own probability that the whole claim is right, from 0 to 1; NULL where it is not known.';
COMMENT ON COLUMN claim.quantity_kind IS 'ratio, percent, points, absolute, from_to; NULL where the words hold no readable number.';
COMMENT ON COLUMN claim.quantity_low IS 'The number, or the lower end of the range; percentages as printed (30 for 30 %).';
COMMENT ON COLUMN claim.quantity_high IS 'The number, or the higher end of the range.';
COMMENT ON COLUMN claim.quantity_unit IS 'Unit of the number.';
COMMENT ON COLUMN claim.quantity_bound IS 'up_to, at_least, about, less_than; NULL where the number is plain.';
COMMENT ON COLUMN claim.quantity_descending IS 'For from_to: whether it runs from quantity_high to quantity_low.';
COMMENT ON COLUMN claim.factor IS 'How many times better: the geometric mean of factor_low and factor_high, or the one that is known.';
COMMENT ON COLUMN claim.factor_low IS 'At least how many times better: above 1 is better, below 1 worse; NULL where it cannot be known.';
COMMENT ON COLUMN claim.factor_high IS 'At most how many times better; NULL where it cannot be known.';
COMMENT ON COLUMN claim.metric_family IS 'latency, throughput, speed, memory, energy, accuracy, other …: metrics that can stand side by side.';
COMMENT ON COLUMN claim.method_key IS 'Spellings of one method share it; a method without a name has one for its paper.';
COMMENT ON COLUMN claim.method_generic IS 'Whether the method has no name of its own, such as "our approach": then it is another one in each paper.';
COMMENT ON COLUMN claim.baseline_key IS 'Spellings of one baseline share it.';
COMMENT ON COLUMN claim.baseline_generic IS 'Whether the baseline is no particular system, such as "existing systems".';
COMMENT ON COLUMN claim.model IS 'The model that found the claim.';
COMMENT ON COLUMN claim.prompt IS 'The prompt that it was asked with.';
COMMENT ON COLUMN claim.extracted_at IS 'When, in UTC.';
COMMENT ON COLUMN claim.extraction_id IS 'Identity of paper, model, prompt and schema together.';

CREATE OR REPLACE VIEW comparison AS
SELECT c.* REPLACE (b.name AS baseline, b.key AS baseline_key, b.generic AS baseline_generic)
FROM claim c
-- Written so that DuckDB hashes one column only: then it skips all claims of other extractions while it scans.
JOIN claim_baselines b ON b.extraction_id = c.extraction_id AND b.ordinal - c.ordinal = 0;
COMMENT ON VIEW comparison IS 'Claims against a baseline, one row for each baseline that a claim names. Columns as in claim.';
COMMENT ON COLUMN comparison.baseline IS 'The one baseline of this row, as the claim names it.';
COMMENT ON COLUMN comparison.baseline_key IS 'Spellings of one baseline share it.';
COMMENT ON COLUMN comparison.baseline_generic IS 'Whether the baseline is no particular system.';

CREATE OR REPLACE VIEW spelling AS
SELECT key, name, role, bool_or(generic) AS generic, count(*) AS claims
FROM (
    SELECT method_key AS key, method AS name, 'method' AS role, method_generic AS generic FROM claim
    UNION ALL
    SELECT baseline_key, baseline, 'baseline', baseline_generic FROM comparison
)
GROUP BY key, name, role;
COMMENT ON VIEW spelling IS 'Every spelling of a method or baseline with its key, role, and number of claims.';
COMMENT ON COLUMN spelling.key IS 'Spellings of one method or baseline share it.';
COMMENT ON COLUMN spelling.name IS 'The name as a paper writes it.';
COMMENT ON COLUMN spelling.role IS 'method or baseline.';
COMMENT ON COLUMN spelling.generic IS 'Whether it is no particular system, such as "existing systems".';
COMMENT ON COLUMN spelling.claims IS 'How many claims write it so.';

CREATE OR REPLACE VIEW method AS
SELECT method_key, n.name, generic, papers, claims, baselines, families
FROM (
    SELECT method_key, bool_or(method_generic) AS generic, count(DISTINCT paper_id) AS papers, count(*) AS claims,
        list_sort(list(DISTINCT metric_family)) AS families
    FROM claim GROUP BY method_key
)
JOIN (
    SELECT key AS method_key, arg_max(name, (claims, -length(name), name)) AS name
    FROM spelling WHERE role = 'method' GROUP BY key
) n USING (method_key)
LEFT JOIN (
    SELECT method_key, list_sort(list(DISTINCT baseline) FILTER (NOT baseline_generic)) AS baselines
    FROM comparison GROUP BY method_key
) USING (method_key);
COMMENT ON VIEW method IS 'One row a method: its usual spelling, papers, claims, the named baselines and metric families.';
COMMENT ON COLUMN method.method_key IS 'Spellings of one method share it.';
COMMENT ON COLUMN method.name IS 'The spelling that most claims use.';
COMMENT ON COLUMN method.generic IS 'Whether it has no name of its own, such as "our approach".';
COMMENT ON COLUMN method.papers IS 'How many papers have claims about it.';
COMMENT ON COLUMN method.claims IS 'How many claims are about it.';
COMMENT ON COLUMN method.baselines IS 'The named baselines that it was measured against, as written.';
COMMENT ON COLUMN method.families IS 'The metric families of its claims.';

CREATE OR REPLACE VIEW baseline_size AS
SELECT key AS baseline_key, generic, count(*) AS methods, sum(claims)::BIGINT AS claims
FROM (  -- twice as fast as count(DISTINCT method_key)
    SELECT key, generic, method_key, count(*) AS claims
    FROM claim_baselines
    ANTI JOIN (SELECT extraction_id FROM extractions WHERE NOT latest) USING (extraction_id)  -- few: a small hash table
    GROUP BY key, generic, method_key
)
GROUP BY key, generic;
COMMENT ON VIEW baseline_size IS 'How many methods and claims meet each baseline: what is quickly known of it in a large store. A key that generic names share with named ones (RAG, existing RAG systems) has two rows.';
COMMENT ON COLUMN baseline_size.baseline_key IS 'Spellings of one baseline share it.';
COMMENT ON COLUMN baseline_size.generic IS 'Whether it is no particular system, such as "existing systems".';
COMMENT ON COLUMN baseline_size.methods IS 'How many methods were measured against it.';
COMMENT ON COLUMN baseline_size.claims IS 'How many claims measure against it.';

CREATE OR REPLACE VIEW model AS
SELECT model, prompt, prompt_hash, schema_hash,
    count(*) FILTER (status = 'ok') AS ok,
    count(*) FILTER (status = 'truncated') AS truncated,
    count(*) FILTER (status = 'refused') AS refused,
    count(*) FILTER (status = 'failed') AS failed,
    sum(n_claims)::BIGINT AS claims,
    sum(n_dropped)::BIGINT AS dropped_claims,
    coalesce(sum(calls), 0)::BIGINT AS calls,
    coalesce(sum(prompt_tokens), 0)::BIGINT AS prompt_tokens,
    coalesce(sum(completion_tokens), 0)::BIGINT AS completion_tokens,
    sum(cost) AS cost,
    max(finished_at) AS last_at
FROM extractions
LEFT JOIN (
    SELECT extraction_id, run_id, count(*) AS calls, sum(prompt_tokens) AS prompt_tokens,
        sum(completion_tokens) AS completion_tokens
    FROM calls GROUP BY extraction_id, run_id
) USING (extraction_id, run_id)  -- calls of extractions that were replaced do not count
GROUP BY ALL;
COMMENT ON VIEW model IS 'One row a model, prompt and schema: papers by outcome, claims, calls, tokens, and the cost in US dollars where known.';
COMMENT ON COLUMN model.model IS 'The model that was asked.';
COMMENT ON COLUMN model.prompt IS 'The prompt that it was asked with.';
COMMENT ON COLUMN model.prompt_hash IS 'Hash of the text of the prompt.';
COMMENT ON COLUMN model.schema_hash IS 'Hash of the JSON Schema of an answer.';
COMMENT ON COLUMN model.ok IS 'Papers with a complete answer.';
COMMENT ON COLUMN model.truncated IS 'Papers whose answer was cut off; its complete claims count.';
COMMENT ON COLUMN model.refused IS 'Papers that the model declined.';
COMMENT ON COLUMN model.failed IS 'Papers without a usable answer.';
COMMENT ON COLUMN model.claims IS 'Claims found.';
COMMENT ON COLUMN model.dropped_claims IS 'Claims that failed grounding and were left out.';
COMMENT ON COLUMN model.calls IS 'Requests to the model.';
COMMENT ON COLUMN model.prompt_tokens IS 'Tokens of these requests, as the server counts them.';
COMMENT ON COLUMN model.completion_tokens IS 'Tokens of the answers.';
COMMENT ON COLUMN model.cost IS 'US dollars, where the price is known.';
COMMENT ON COLUMN model.last_at IS 'When the last extraction finished, in UTC.';

CREATE OR REPLACE VIEW run AS
SELECT run_id, model, prompt, started_at, finished_at, coalesce(outcome, 'running') AS outcome, coalesce(papers, 0) AS papers,
    coalesce(calls, 0) AS calls, coalesce(prompt_tokens, 0) AS prompt_tokens,
    coalesce(completion_tokens, 0) AS completion_tokens, CASE WHEN calls IS NULL THEN 0 ELSE cost END AS cost
FROM runs
LEFT JOIN (
    SELECT run_id, count(DISTINCT extraction_id) AS papers, count(*) AS calls,
        sum(prompt_tokens)::BIGINT AS prompt_tokens, sum(completion_tokens)::BIGINT AS completion_tokens,
        CASE WHEN count(cost) = count(*) THEN sum(cost) END AS cost
    FROM calls GROUP BY run_id
) USING (run_id);
COMMENT ON VIEW run IS 'One row a run of claims extract or batch submit: when, how it ended, and what it took.';
COMMENT ON COLUMN run.run_id IS 'Identity of the run.';
COMMENT ON COLUMN run.model IS 'The model that was asked.';
COMMENT ON COLUMN run.prompt IS 'The prompt that it was asked with.';
COMMENT ON COLUMN run.started_at IS 'When it began, in UTC.';
COMMENT ON COLUMN run.finished_at IS 'When it ended, in UTC; NULL where it runs or was killed.';
COMMENT ON COLUMN run.outcome IS 'completed, interrupted, out of budget, failed; submitted to a batch API, imported; running, perhaps killed.';
COMMENT ON COLUMN run.papers IS 'Papers that the model was asked about.';
COMMENT ON COLUMN run.calls IS 'Requests to the model.';
COMMENT ON COLUMN run.prompt_tokens IS 'Tokens of these requests, as the server counts them.';
COMMENT ON COLUMN run.completion_tokens IS 'Tokens of the answers.';
COMMENT ON COLUMN run.cost IS 'US dollars; NULL where a price is unknown.';

CREATE OR REPLACE VIEW paper AS
SELECT p.paper_id, p.external_id, p.title, p.date, p.published, p.authors, p.abstract,
    coalesce(models, 0) AS models, coalesce(found, 0) AS claims, coalesce(n, 0) AS calls,
    coalesce(prompt_tokens, 0) AS prompt_tokens, coalesce(completion_tokens, 0) AS completion_tokens,
    CASE WHEN n IS NULL THEN 0 ELSE cost END AS cost
FROM papers p
LEFT JOIN (
    SELECT paper_id, count(DISTINCT model) AS models,
        arg_max(n_claims, (finished_at, extraction_id)) AS found
    FROM extractions WHERE status IN ('ok', 'truncated') GROUP BY paper_id
) USING (paper_id)
LEFT JOIN (
    SELECT paper_id, count(*) AS n, sum(prompt_tokens)::BIGINT AS prompt_tokens,
        sum(completion_tokens)::BIGINT AS completion_tokens,
        CASE WHEN count(c.cost) = count(*) THEN sum(c.cost) END AS cost
    FROM calls c JOIN extractions USING (extraction_id) GROUP BY paper_id
) USING (paper_id);
COMMENT ON VIEW paper IS 'One row a paper: what is known of it, how many claims it makes, and what all its extractions took.';
COMMENT ON COLUMN paper.paper_id IS 'Identity of the paper: hash of its title and abstract.';
COMMENT ON COLUMN paper.external_id IS 'The id that the paper had in its document, if any.';
COMMENT ON COLUMN paper.title IS 'Title of the paper.';
COMMENT ON COLUMN paper.date IS 'Date as printed.';
COMMENT ON COLUMN paper.published IS 'Day of publication, where the printed date is complete.';
COMMENT ON COLUMN paper.authors IS 'Authors; the last is "et al." where the document lists only the first ones.';
COMMENT ON COLUMN paper.abstract IS 'The abstract.';
COMMENT ON COLUMN paper.models IS 'How many models have read it with success.';
COMMENT ON COLUMN paper.claims IS 'Claims of the latest successful extraction, those of the view claim.';
COMMENT ON COLUMN paper.calls IS 'Requests to models about it, those of replaced extractions too.';
COMMENT ON COLUMN paper.prompt_tokens IS 'Tokens of these requests, as the servers count them.';
COMMENT ON COLUMN paper.completion_tokens IS 'Tokens of the answers.';
COMMENT ON COLUMN paper.cost IS 'US dollars for all of them; NULL where a price is unknown.';
