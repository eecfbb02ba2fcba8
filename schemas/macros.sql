-- Comparisons as table macros, for people: SELECT * FROM compared_with('vLLM').
-- A name meets every spelling that shares a key with it; case, blanks and most punctuation do not count, and the rest
-- of it only where that tells spellings apart.

CREATE OR REPLACE MACRO loose(name) AS regexp_replace(lower(name), '[^\p{L}\p{N}+*]+', '', 'g');
COMMENT ON MACRO loose IS 'A name without case, blanks and punctuation.';

CREATE OR REPLACE MACRO apart(name) AS regexp_replace(name, '(\p{N})[^\p{L}\p{N}~]+(\p{N})', '\1~\2', 'g');
COMMENT ON MACRO apart IS 'A name with a ~ for what stands between two digits, but for every second one of single digits.';

CREATE OR REPLACE MACRO tight(name) AS regexp_replace(apart(apart(lower(name))), '[^\p{L}\p{N}+*#~]+', '', 'g');
COMMENT ON MACRO tight IS 'A name without case, blanks and most punctuation; unlike loose, it keeps QuIP# from QuIP, and Qwen2.5-7B from Qwen2-57B.';

CREATE OR REPLACE MACRO keys_of_both(one, other) AS TABLE
WITH met AS MATERIALIZED (
    SELECT method_key AS key, method AS name, method_loose AS spelled FROM claims
    WHERE method_loose IN (loose(one), loose(other)) OR method_key IN (one, other, loose(one), loose(other))
    UNION
    SELECT key, name, loose FROM claim_baselines
    WHERE loose IN (loose(one), loose(other)) OR key IN (one, other, loose(one), loose(other))
)
SELECT typed, key FROM (
    SELECT typed, key, bool_or(tight(name) = tight(typed)) AS exact
    FROM (SELECT *, unnest([one, other]) AS typed FROM met)
    WHERE spelled = loose(typed) OR key IN (typed, loose(typed))
    GROUP BY typed, key
)
QUALIFY exact OR NOT bool_or(exact) OVER (PARTITION BY typed);
COMMENT ON MACRO TABLE keys_of_both IS 'The keys (key) of the methods and baselines that each of two typed names (typed) means.';

CREATE OR REPLACE MACRO keys_of(typed) AS TABLE SELECT key FROM keys_of_both(typed, typed);
COMMENT ON MACRO TABLE keys_of IS 'The keys (key) of the methods and baselines that a typed name means.';

CREATE OR REPLACE MACRO passes(family, hardware, year, confidence, wanted_family, on_hardware, since, min_confidence) AS
    (wanted_family IS NULL OR family = lower(wanted_family))
    AND (on_hardware IS NULL OR contains(loose(hardware), loose(on_hardware)))
    AND (since IS NULL OR year >= since)
    AND (min_confidence IS NULL OR coalesce(confidence >= min_confidence, true));
COMMENT ON MACRO passes IS 'Whether a claim with this metric family, hardware, year and confidence is one of the wanted family, on hardware whose name holds the text on_hardware, of a paper since that year, of which the model was as sure as min_confidence; where one of these is NULL all pass. Claims that do not state their hardware or year are left out where it is asked for; claims whose confidence is not known stay.';

CREATE OR REPLACE MACRO filtered(family, on_hardware, since, min_confidence) AS
    passes(NULL, NULL, NULL, -1, family, on_hardware, since, min_confidence) IS DISTINCT FROM true;
COMMENT ON MACRO filtered IS 'Whether claims are left out where passes is asked with these.';

CREATE OR REPLACE MACRO claims_where(family := NULL, on_hardware := NULL, since := NULL, min_confidence := NULL) AS TABLE
SELECT * FROM claim WHERE passes(metric_family, hardware, year, confidence, family, on_hardware, since, min_confidence);
COMMENT ON MACRO TABLE claims_where IS 'The claims of one metric family, on hardware whose name holds a text, of papers since a year, of which the model was as sure as min_confidence; NULL asks for all. Claims that do not state their hardware or year are left out where it is asked for; claims whose confidence is not known stay. Columns as in claim.';

CREATE OR REPLACE MACRO comparisons_where(family := NULL, on_hardware := NULL, since := NULL, min_confidence := NULL) AS TABLE
SELECT * FROM comparison WHERE passes(metric_family, hardware, year, confidence, family, on_hardware, since, min_confidence);
COMMENT ON MACRO TABLE comparisons_where IS 'The comparisons of one metric family, on hardware whose name holds a text, of papers since a year; the parameters are those of claims_where. Columns as in comparison.';


CREATE OR REPLACE MACRO compared_with(baseline_name, family := NULL, on_hardware := NULL, since := NULL, min_confidence := NULL) AS TABLE
SELECT * FROM comparisons_where(family := family, on_hardware := on_hardware, since := since, min_confidence := min_confidence)
WHERE baseline_key IN (FROM keys_of(baseline_name))
ORDER BY metric_family, factor DESC NULLS LAST, title, ordinal;
COMMENT ON MACRO TABLE compared_with IS 'Every claim measured against the baseline, best factor first within each metric family; the other parameters are those of comparisons_where. Columns as in comparison.';

CREATE OR REPLACE MACRO comparisons(min_methods := 1, family := NULL, on_hardware := NULL, since := NULL, min_confidence := NULL, at_most := NULL) AS TABLE
WITH
size AS (
    SELECT baseline_key, methods, sum(claims) OVER (
        ORDER BY methods DESC, baseline_key ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
    ) AS claims_before
    FROM baseline_size WHERE NOT generic AND methods >= min_methods
),
-- Where all claims pass, those of the first baselines are enough.
needed AS MATERIALIZED (
    SELECT baseline_key, methods FROM size
    WHERE coalesce(claims_before < at_most, true) OR filtered(family, on_hardware, since, min_confidence)
    LIMIT CASE WHEN NOT filtered(family, on_hardware, since, min_confidence) THEN at_most END
),
hit AS MATERIALIZED (
    SELECT extraction_id, ordinal, name, key, methods FROM claim_baselines
    JOIN needed ON needed.baseline_key = key AND NOT generic
)
SELECT c.* REPLACE (hit.name AS baseline, hit.key AS baseline_key, false AS baseline_generic)
FROM claim c JOIN hit ON hit.extraction_id = c.extraction_id AND hit.ordinal - c.ordinal = 0  -- as in comparison
WHERE passes(metric_family, hardware, year, confidence, family, on_hardware, since, min_confidence)
ORDER BY methods DESC, hit.key, metric_family, factor DESC NULLS LAST, paper_id, c.ordinal LIMIT at_most;
COMMENT ON MACRO TABLE comparisons IS 'Every claim against a named baseline that at least min_methods methods share, the baselines that most methods share first; at_most limits the rows, the other parameters are those of comparisons_where. Columns as in comparison.';

CREATE OR REPLACE MACRO claims_of(method_name) AS TABLE
SELECT * FROM claim
WHERE method_key IN (FROM keys_of(method_name))
ORDER BY title, ordinal;
COMMENT ON MACRO TABLE claims_of IS 'Every claim of the method. Columns as in claim.';

CREATE OR REPLACE MACRO leaderboard(family, baseline_name := NULL, on_hardware := NULL, since := NULL, min_confidence := NULL, at_most := NULL) AS TABLE
WITH
-- First what ranks, in few columns; then everything about the claims that are shown.
ranked AS MATERIALIZED (
    SELECT extraction_id, ordinal, baseline, baseline_key, method_key, paper_id,
        CASE WHEN metric_family = 'other' THEN loose(metric) END AS alone,  -- no word of these metrics is known
        rank() OVER (PARTITION BY baseline_key, alone ORDER BY factor DESC) AS place
    FROM comparisons_where(family := family, on_hardware := on_hardware, since := since, min_confidence := min_confidence)
    WHERE factor IS NOT NULL AND NOT baseline_generic
        AND (baseline_name IS NULL OR baseline_key IN (FROM keys_of(baseline_name)))
),
shown AS MATERIALIZED (
    SELECT extraction_id, ordinal, baseline, baseline_key, alone, place, methods
    FROM ranked JOIN (
        SELECT baseline_key, count(DISTINCT method_key) AS methods FROM ranked GROUP BY baseline_key
    ) USING (baseline_key)
    ORDER BY methods DESC, baseline_key, alone, place, paper_id, ordinal LIMIT at_most
)
SELECT shown.baseline_key, shown.baseline, place, method, method_key, metric_family, factor, factor_low, factor_high,
    improvement, metric, setting, hardware, year, title, paper_id, evidence
FROM shown JOIN claim c ON c.extraction_id = shown.extraction_id AND c.ordinal - shown.ordinal = 0  -- as in comparison
ORDER BY methods DESC, shown.baseline_key, alone, place, paper_id, c.ordinal;
COMMENT ON MACRO TABLE leaderboard IS 'The claims of one metric family, ranked within each named baseline by factor, or within the one that is named; place 1 is the best. In the family other, whose metrics have nothing in common, each metric is ranked alone. The baselines that most methods share come first; at_most limits the rows. The other parameters are those of comparisons_where. Different settings and hardware share a table: read them before believing a place. Columns as in comparison.';

CREATE OR REPLACE MACRO baselines_where(min_methods := 1, generic_too := true, at_most := NULL) AS TABLE
WITH
shown AS MATERIALIZED (
    FROM baseline_size WHERE methods >= min_methods AND (generic_too OR NOT generic)
    ORDER BY methods DESC, claims DESC, baseline_key LIMIT at_most
),
told AS MATERIALIZED (
    SELECT b.key AS baseline_key, b.generic, b.name, paper_id, metric_family
    FROM claim_baselines b
    JOIN claims c ON c.extraction_id = b.extraction_id AND c.ordinal - b.ordinal = 0  -- as in comparison
    JOIN extractions e ON e.extraction_id = b.extraction_id
    WHERE latest AND b.key IN (SELECT baseline_key FROM shown)
)
SELECT baseline_key, name, generic, methods, papers, claims, families
FROM shown
JOIN (
    SELECT baseline_key, generic, count(DISTINCT paper_id) AS papers, list_sort(list(DISTINCT metric_family)) AS families
    FROM told GROUP BY baseline_key, generic
) USING (baseline_key, generic)
JOIN (
    SELECT baseline_key, generic, arg_max(name, (n, -length(name), name)) AS name
    FROM (SELECT baseline_key, generic, name, count(*) AS n FROM told GROUP BY ALL) GROUP BY baseline_key, generic
) USING (baseline_key, generic)
ORDER BY methods DESC, claims DESC, name;
COMMENT ON MACRO TABLE baselines_where IS 'The baselines that at least min_methods methods were measured against, without the generic ones unless generic_too, the most shared first; at_most limits the rows. Columns as in baseline.';

CREATE OR REPLACE VIEW baseline AS FROM baselines_where();
COMMENT ON VIEW baseline IS 'One row a baseline: its usual spelling, whether it is generic, how many methods, papers and claims meet it.';
COMMENT ON COLUMN baseline.baseline_key IS 'Spellings of one baseline share it.';
COMMENT ON COLUMN baseline.name IS 'The spelling that most claims use.';
COMMENT ON COLUMN baseline.generic IS 'Whether it is no particular system, such as "existing systems".';
COMMENT ON COLUMN baseline.methods IS 'How many methods were measured against it.';
COMMENT ON COLUMN baseline.papers IS 'How many papers measured against it.';
COMMENT ON COLUMN baseline.claims IS 'How many claims measure against it.';
COMMENT ON COLUMN baseline.families IS 'The metric families of these claims.';

CREATE OR REPLACE MACRO shared_baselines(min_methods := 2, at_most := NULL) AS TABLE
FROM baselines_where(min_methods := min_methods, generic_too := false, at_most := at_most);
COMMENT ON MACRO TABLE shared_baselines IS 'The named baselines that several methods were measured against, the most shared first; at_most limits the rows. Columns as in baseline.';

CREATE OR REPLACE MACRO compare_methods(first_name, second_name, family := NULL, on_hardware := NULL, since := NULL, min_confidence := NULL) AS TABLE
WITH
named AS MATERIALIZED (FROM keys_of_both(first_name, second_name)),
first_key AS MATERIALIZED (SELECT key FROM named WHERE typed = first_name),
second_key AS MATERIALIZED (SELECT key FROM named WHERE typed = second_name),
-- What either has a part in, then everything about these claims.
hit AS MATERIALIZED (
    SELECT extraction_id, ordinal, name, key, generic FROM claim_baselines
    WHERE method_key IN (FROM first_key UNION FROM second_key)
    UNION
    SELECT extraction_id, ordinal, name, key, generic FROM claim_baselines
    WHERE key IN (FROM first_key UNION FROM second_key)
),
found AS MATERIALIZED (
    SELECT c.extraction_id, c.ordinal, method, method_key, hit.name AS baseline, hit.key AS baseline_key,
        hit.generic AS baseline_generic, metric, metric_family, factor, factor_low, factor_high, improvement, hardware,
        setting, year, title, paper_id, evidence
    FROM claim c JOIN hit ON hit.extraction_id = c.extraction_id AND hit.ordinal - c.ordinal = 0  -- as in comparison
    WHERE passes(metric_family, hardware, year, confidence, family, on_hardware, since, min_confidence)
),
-- Each claim about a method is one way to a third name (via): forward where the method beats it, else turned around.
-- low and high say how many times better the method is than that name.
way AS MATERIALIZED (
    SELECT *, method AS name, method_key AS key, baseline_key AS via_key, baseline AS via, factor_low AS low,
        factor_high AS high
    FROM found
    UNION ALL
    SELECT *, baseline, baseline_key, method_key, method, 1 / nullif(factor_high, 0), 1 / nullif(factor_low, 0)
    FROM found
),
direct AS (
    FROM way WHERE key IN (FROM first_key) AND via_key IN (FROM second_key) AND via_key NOT IN (FROM first_key)
),
side AS MATERIALIZED (
    SELECT *, key IN (FROM first_key) AS of_first, loose(metric) AS what, coalesce(loose(setting), '') AS where_
    FROM way
    WHERE factor IS NOT NULL AND NOT baseline_generic
        AND key IN (FROM first_key UNION FROM second_key)
        AND via_key NOT IN (FROM first_key UNION FROM second_key)
),
-- Of many claims that lead to one third name, those of the same metric and setting on both sides count first, then the
-- latest; turn numbers them. Without it, two methods that thousands of papers measured against a third one would make
-- millions of pairs.
shared AS MATERIALIZED (
    SELECT via_key, metric_family, what, where_ FROM side WHERE of_first
    INTERSECT SELECT via_key, metric_family, what, where_ FROM side WHERE NOT of_first
),
turned AS MATERIALIZED (
    SELECT side.*, row_number() OVER (
        PARTITION BY of_first, via_key, metric_family
        ORDER BY shared.what IS NULL, year DESC NULLS LAST, paper_id, ordinal
    ) AS turn
    FROM side LEFT JOIN shared USING (via_key, metric_family, what, where_)
),
a AS (FROM turned WHERE of_first),
b AS (FROM turned WHERE NOT of_first),
matched AS (
    SELECT a, b FROM a JOIN b USING (via_key, metric_family) WHERE a.turn <= 10 AND b.turn <= 10
    UNION ALL
    SELECT a, b FROM a JOIN b USING (via_key, metric_family, paper_id) WHERE a.turn > 10 OR b.turn > 10
),
pair AS (
    SELECT
        a.name AS method, a.key AS method_key, b.name AS baseline, b.key AS baseline_key, a.via, a.metric_family,
        a.low / nullif(b.high, 0) AS factor_low, a.high / nullif(b.low, 0) AS factor_high,
        CASE WHEN a.metric = b.metric THEN a.metric END AS metric,
        CASE WHEN a.setting = b.setting THEN a.setting END AS setting,
        CASE WHEN a.hardware = b.hardware THEN a.hardware END AS hardware,
        [
            {method: a.method, baseline: a.baseline, metric: a.metric, factor_low: a.factor_low,
             factor_high: a.factor_high, improvement: a.improvement, hardware: a.hardware, setting: a.setting,
             title: a.title, paper_id: a.paper_id, evidence: a.evidence},
            {method: b.method, baseline: b.baseline, metric: b.metric, factor_low: b.factor_low,
             factor_high: b.factor_high, improvement: b.improvement, hardware: b.hardware, setting: b.setting,
             title: b.title, paper_id: b.paper_id, evidence: b.evidence}
        ] AS path,
        [
            CASE WHEN a.what <> b.what THEN 'different metrics: ' || a.metric || ' / ' || b.metric END,
            CASE WHEN a.where_ <> b.where_ THEN
                'different settings: ' || coalesce(a.setting, 'not stated') || ' / ' || coalesce(b.setting, 'not stated') END,
            CASE WHEN loose(a.hardware) IS DISTINCT FROM loose(b.hardware) THEN
                'different hardware: ' || coalesce(a.hardware, 'not stated') || ' / ' || coalesce(b.hardware, 'not stated') END,
            CASE WHEN a.paper_id <> b.paper_id THEN 'different papers' END
        ] AS doubts
    FROM matched
    -- "2x faster than A and B" says nothing of A against B
    WHERE (a.extraction_id, a.ordinal) IS DISTINCT FROM (b.extraction_id, b.ordinal)
        AND (a.metric_family <> 'other' OR a.what = b.what)  -- metrics of which no word is known are no family
)
SELECT true AS direct, method, method_key, baseline, baseline_key, NULL::VARCHAR AS via, metric, metric_family, factor_low, factor_high,
    improvement, hardware, setting, title, paper_id, evidence, NULL AS path, []::VARCHAR[] AS warnings
FROM direct
UNION ALL
SELECT false, method, method_key, baseline, baseline_key, via, metric, metric_family, factor_low, factor_high,
    NULL, hardware, setting, NULL, NULL, NULL, path,
    [doubt FOR doubt IN doubts IF doubt IS NOT NULL]
        || CASE WHEN factor_low IS NULL AND factor_high IS NULL THEN ['the stated bounds leave the factor open'] ELSE [] END
FROM pair
ORDER BY direct DESC, metric_family, via, len(warnings), factor_high DESC NULLS LAST, factor_low DESC NULLS LAST;
COMMENT ON MACRO TABLE compare_methods IS 'Two methods side by side: first the claims of one against the other (direct), then pairs of claims of one metric family that link both to a third name (via): a named baseline that both were measured against, a method that was measured against both, or one that stands between them; of many claims on one way those with a metric and setting on both sides count first, then the latest. The factors of a pair are divided, or multiplied where the third name stands between. path holds the two claims, warnings what differs between them. The other parameters are those of comparisons_where. Other columns as in comparison.';
