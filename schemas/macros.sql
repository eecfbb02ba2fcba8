-- Comparisons as table macros, for people: SELECT * FROM compared_with('vLLM').
-- A name meets every spelling that shares a key with it; case, blanks and punctuation do not count.

CREATE OR REPLACE MACRO loose(name) AS regexp_replace(lower(name), '[^\p{L}\p{N}+*]+', '', 'g');
COMMENT ON MACRO loose IS 'A name without case, blanks and punctuation.';

CREATE OR REPLACE MACRO keys_of(typed) AS TABLE
SELECT DISTINCT key FROM spelling WHERE loose(name) = loose(typed) OR loose(key) = loose(typed);
COMMENT ON MACRO TABLE keys_of IS 'The keys of the methods and baselines that a typed name means.';

CREATE OR REPLACE MACRO compared_with(baseline_name) AS TABLE
SELECT * FROM comparison
WHERE baseline_key IN (FROM keys_of(baseline_name))
ORDER BY metric_family, factor DESC NULLS LAST, title, ordinal;
COMMENT ON MACRO TABLE compared_with IS 'Every claim measured against the baseline, best factor first within each metric family. Columns as in comparison.';

CREATE OR REPLACE MACRO comparisons(min_methods := 1) AS TABLE
SELECT c.* FROM comparison c JOIN baseline b USING (baseline_key)
WHERE NOT b.generic AND b.methods >= min_methods
ORDER BY b.methods DESC, b.name, c.metric_family, c.factor DESC NULLS LAST, c.title, c.ordinal;
COMMENT ON MACRO TABLE comparisons IS 'Every claim against a named baseline, the baselines that most methods share first. Columns as in comparison.';

CREATE OR REPLACE MACRO claims_of(method_name) AS TABLE
SELECT * FROM claim
WHERE method_key IN (FROM keys_of(method_name))
ORDER BY title, ordinal;
COMMENT ON MACRO TABLE claims_of IS 'Every claim of the method. Columns as in claim.';

CREATE OR REPLACE MACRO leaderboard(family) AS TABLE
SELECT baseline_key, baseline, rank() OVER (PARTITION BY baseline_key ORDER BY factor DESC) AS place,
    method, factor, factor_low, factor_high, improvement, metric, setting, hardware, title, paper_id
FROM comparison
WHERE metric_family = lower(family) AND factor IS NOT NULL AND NOT baseline_generic
ORDER BY baseline_key, place, title, ordinal;
COMMENT ON MACRO TABLE leaderboard IS 'The methods of one metric family, ranked within each named baseline by factor. Different settings and hardware share a table: read them before believing a place.';

CREATE OR REPLACE MACRO shared_baselines(min_methods := 2) AS TABLE
SELECT * FROM baseline
WHERE methods >= min_methods AND NOT generic
ORDER BY methods DESC, claims DESC, name;
COMMENT ON MACRO TABLE shared_baselines IS 'The named baselines that several methods were measured against. Columns as in baseline.';

CREATE OR REPLACE MACRO compare_methods(first_name, second_name) AS TABLE
WITH
a AS (SELECT * FROM comparison WHERE method_key IN (FROM keys_of(first_name))),
b AS (SELECT * FROM comparison WHERE method_key IN (FROM keys_of(second_name))),
direct AS (
    SELECT * FROM a WHERE baseline_key IN (FROM keys_of(second_name))
    UNION ALL
    SELECT * FROM b WHERE baseline_key IN (FROM keys_of(first_name))
),
pair AS (
    SELECT
        a.method, b.method AS baseline, a.baseline AS via, a.metric_family,
        a.factor_low / nullif(b.factor_high, 0) AS factor_low, a.factor_high / nullif(b.factor_low, 0) AS factor_high,
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
    FROM a JOIN b ON a.baseline_key = b.baseline_key AND a.metric_family = b.metric_family
    WHERE NOT a.baseline_generic AND a.method_key <> b.method_key AND a.factor IS NOT NULL AND b.factor IS NOT NULL
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
COMMENT ON MACRO TABLE compare_methods IS 'Two methods side by side: first the claims of one against the other (direct), then pairs of claims against one named baseline (via), in one metric family, whose factors are divided. path holds the two claims, warnings what differs between them.';
