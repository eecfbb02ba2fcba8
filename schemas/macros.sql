-- Comparisons as table macros, for people: SELECT * FROM compared_with('vLLM').
-- A name meets every spelling that shares a key with it; case, blanks and punctuation do not count.

CREATE OR REPLACE MACRO loose(name) AS regexp_replace(lower(name), '[^\p{L}\p{N}+*]+', '', 'g');
COMMENT ON MACRO loose IS 'A name without case, blanks and punctuation.';

CREATE OR REPLACE MACRO keys_of(typed) AS TABLE
SELECT DISTINCT key FROM spelling WHERE loose(name) = loose(typed) OR loose(key) = loose(typed);
COMMENT ON MACRO TABLE keys_of IS 'The keys (key) of the methods and baselines that a typed name means.';

CREATE OR REPLACE MACRO claims_where(family := NULL, on_hardware := NULL, since := NULL, min_confidence := NULL) AS TABLE
SELECT * FROM claim
WHERE (family IS NULL OR metric_family = lower(family))
    AND (on_hardware IS NULL OR contains(loose(hardware), loose(on_hardware)))
    AND (since IS NULL OR year >= since)
    AND (min_confidence IS NULL OR coalesce(confidence >= min_confidence, true));
COMMENT ON MACRO TABLE claims_where IS 'The claims of one metric family, on hardware whose name holds a text, of papers since a year, of which the model was as sure as min_confidence; NULL asks for all. Claims that do not state their hardware or year are left out where it is asked for; claims whose confidence is not known stay. Columns as in claim.';

CREATE OR REPLACE MACRO comparisons_where(family := NULL, on_hardware := NULL, since := NULL, min_confidence := NULL) AS TABLE
SELECT * FROM comparison
WHERE (family IS NULL OR metric_family = lower(family))
    AND (on_hardware IS NULL OR contains(loose(hardware), loose(on_hardware)))
    AND (since IS NULL OR year >= since)
    AND (min_confidence IS NULL OR coalesce(confidence >= min_confidence, true));
COMMENT ON MACRO TABLE comparisons_where IS 'The comparisons of one metric family, on hardware whose name holds a text, of papers since a year; the parameters are those of claims_where. Columns as in comparison.';

CREATE OR REPLACE MACRO compared_with(baseline_name, family := NULL, on_hardware := NULL, since := NULL, min_confidence := NULL) AS TABLE
SELECT * FROM comparisons_where(family := family, on_hardware := on_hardware, since := since, min_confidence := min_confidence)
WHERE baseline_key IN (FROM keys_of(baseline_name))
ORDER BY metric_family, factor DESC NULLS LAST, title, ordinal;
COMMENT ON MACRO TABLE compared_with IS 'Every claim measured against the baseline, best factor first within each metric family; the other parameters are those of comparisons_where. Columns as in comparison.';

CREATE OR REPLACE MACRO comparisons(min_methods := 1, family := NULL, on_hardware := NULL, since := NULL, min_confidence := NULL) AS TABLE
SELECT c.*
FROM comparisons_where(family := family, on_hardware := on_hardware, since := since, min_confidence := min_confidence) c
JOIN baseline b USING (baseline_key)
WHERE NOT b.generic AND b.methods >= min_methods
ORDER BY b.methods DESC, b.name, c.metric_family, c.factor DESC NULLS LAST, c.title, c.ordinal;
COMMENT ON MACRO TABLE comparisons IS 'Every claim against a named baseline that at least min_methods methods share, the baselines that most methods share first; the other parameters are those of comparisons_where. Columns as in comparison.';

CREATE OR REPLACE MACRO claims_of(method_name) AS TABLE
SELECT * FROM claim
WHERE method_key IN (FROM keys_of(method_name))
ORDER BY title, ordinal;
COMMENT ON MACRO TABLE claims_of IS 'Every claim of the method. Columns as in claim.';

CREATE OR REPLACE MACRO leaderboard(family, baseline_name := NULL, on_hardware := NULL, since := NULL, min_confidence := NULL) AS TABLE
SELECT baseline_key, baseline, rank() OVER (PARTITION BY baseline_key ORDER BY factor DESC) AS place,
    method, metric_family, factor, factor_low, factor_high, improvement, metric, setting, hardware, year, title, paper_id,
    evidence
FROM comparisons_where(family := family, on_hardware := on_hardware, since := since, min_confidence := min_confidence)
WHERE factor IS NOT NULL AND NOT baseline_generic
    AND (baseline_name IS NULL OR baseline_key IN (FROM keys_of(baseline_name)))
ORDER BY baseline_key, place, title, ordinal;
COMMENT ON MACRO TABLE leaderboard IS 'The claims of one metric family, ranked within each named baseline by factor, or within the one that is named; place 1 is the best. The other parameters are those of comparisons_where. Different settings and hardware share a table: read them before believing a place. Columns as in comparison.';

CREATE OR REPLACE MACRO shared_baselines(min_methods := 2) AS TABLE
SELECT * FROM baseline
WHERE methods >= min_methods AND NOT generic
ORDER BY methods DESC, claims DESC, name;
COMMENT ON MACRO TABLE shared_baselines IS 'The named baselines that several methods were measured against. Columns as in baseline.';

CREATE OR REPLACE MACRO compare_methods(first_name, second_name, family := NULL, on_hardware := NULL, since := NULL, min_confidence := NULL) AS TABLE
WITH
found AS (FROM comparisons_where(family := family, on_hardware := on_hardware, since := since, min_confidence := min_confidence)),
-- Each claim about a method is one way to a third name (via): forward where the method beats it, else turned around.
-- low and high say how many times better the method is than that name.
a AS (
    SELECT *, method AS name, baseline_key AS via_key, baseline AS via, factor_low AS low, factor_high AS high,
        true AS forward
    FROM found WHERE method_key IN (FROM keys_of(first_name))
    UNION ALL
    SELECT *, baseline, method_key, method, 1 / nullif(factor_high, 0), 1 / nullif(factor_low, 0), false
    FROM found WHERE baseline_key IN (FROM keys_of(first_name))
),
b AS (
    SELECT *, method AS name, baseline_key AS via_key, baseline AS via, factor_low AS low, factor_high AS high,
        true AS forward
    FROM found WHERE method_key IN (FROM keys_of(second_name))
    UNION ALL
    SELECT *, baseline, method_key, method, 1 / nullif(factor_high, 0), 1 / nullif(factor_low, 0), false
    FROM found WHERE baseline_key IN (FROM keys_of(second_name))
),
direct AS (
    SELECT * FROM a WHERE via_key IN (FROM keys_of(second_name))
),
pair AS (
    SELECT
        a.name AS method, b.name AS baseline, a.via, a.metric_family,
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
            CASE WHEN loose(a.metric) <> loose(b.metric) THEN
                'different metrics: ' || a.metric || ' / ' || b.metric END,
            CASE WHEN loose(a.setting) IS DISTINCT FROM loose(b.setting) THEN
                'different settings: ' || coalesce(a.setting, 'not stated') || ' / ' || coalesce(b.setting, 'not stated') END,
            CASE WHEN loose(a.hardware) IS DISTINCT FROM loose(b.hardware) THEN
                'different hardware: ' || coalesce(a.hardware, 'not stated') || ' / ' || coalesce(b.hardware, 'not stated') END,
            CASE WHEN a.paper_id <> b.paper_id THEN 'different papers' END
        ] AS doubts
    FROM a JOIN b ON a.via_key = b.via_key AND a.metric_family = b.metric_family
    WHERE a.factor IS NOT NULL AND b.factor IS NOT NULL AND NOT a.baseline_generic AND NOT b.baseline_generic
        -- "our method" of one paper is not that of another
        AND (a.forward OR b.forward OR a.paper_id = b.paper_id)
        -- "2x faster than A and B" says nothing of A against B
        AND (a.extraction_id, a.ordinal) IS DISTINCT FROM (b.extraction_id, b.ordinal)
        AND a.via_key NOT IN (FROM keys_of(first_name)) AND b.via_key NOT IN (FROM keys_of(second_name))
)
SELECT true AS direct, method, baseline, NULL::VARCHAR AS via, metric, metric_family, factor_low, factor_high,
    improvement, hardware, setting, title, paper_id, evidence, NULL AS path, []::VARCHAR[] AS warnings
FROM direct
UNION ALL
SELECT false, method, baseline, via, metric, metric_family, factor_low, factor_high,
    NULL, hardware, setting, NULL, NULL, NULL, path,
    [doubt FOR doubt IN doubts IF doubt IS NOT NULL]
        || CASE WHEN factor_low IS NULL AND factor_high IS NULL THEN ['the stated bounds leave the factor open'] ELSE [] END
FROM pair
ORDER BY direct DESC, metric_family, via, len(warnings), factor_high DESC NULLS LAST, factor_low DESC NULLS LAST;
COMMENT ON MACRO TABLE compare_methods IS 'Two methods side by side: first the claims of one against the other (direct), then pairs of claims of one metric family that link both to a third name (via): a named baseline that both were measured against, a method that was measured against both, or one that stands between them. The factors of a pair are divided, or multiplied where the third name stands between. path holds the two claims, warnings what differs between them. The other parameters are those of comparisons_where. Other columns as in comparison.';
