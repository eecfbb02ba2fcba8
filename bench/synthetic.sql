-- Synthetic rows for the store's tables: papers number `first` to `stop`, of a corpus where `shared` names are used by
-- many papers. Every row is a function of its number. synthetic.py says what is realistic about them.

CREATE MACRO firsts() AS [
    'Flash', 'Swift', 'Deep', 'Tensor', 'Sparse', 'Turbo', 'Hyper', 'Meta', 'Neuro', 'Graph', 'Quant', 'Stream',
    'Token', 'Cache', 'Block', 'Light', 'Tiny', 'Mega', 'Fast', 'Omni', 'Auto', 'Dyna', 'Adapt', 'Fused', 'Paged',
    'Mixed', 'Split', 'Lazy', 'Eager', 'Prime', 'Nova', 'Terra', 'Aero', 'Hydra', 'Cobalt', 'Ember', 'Falcon',
    'Raven', 'Cedar', 'Maple'
];
CREATE MACRO seconds() AS [
    'Serve', 'Infer', 'Former', 'Prune', 'Cast', 'Mind', 'Flow', 'Net', 'Gate', 'Route', 'Batch', 'Fetch', 'Spec',
    'Draft', 'Tree', 'Loom', 'Forge', 'Weave', 'Shard', 'Pipe', 'Scale', 'Train', 'Tune', 'Sched', 'Core', 'Link',
    'Wave', 'Stack', 'Drive', 'Sketch', 'Merge', 'Pack', 'Grid', 'Store', 'Vault', 'Relay', 'Bridge', 'Anchor',
    'Pilot', 'Scout'
];
CREATE MACRO classes() AS [
    'existing systems', 'the baseline', 'state-of-the-art methods', 'prior work', 'the original model', 'SOTA',
    'conventional approaches', 'the best-performing baseline', 'previous methods', 'standard baselines'
];
CREATE MACRO metrics() AS [
    'throughput', 'end-to-end latency', 'speed', 'peak memory', 'accuracy', 'energy consumption', 'training time',
    'cost', 'tail latency', 'Top-1 accuracy'
];
CREATE MACRO families() AS [
    'throughput', 'latency', 'speed', 'memory', 'accuracy', 'energy', 'training_time', 'cost', 'latency',
    'accuracy'
];
CREATE MACRO devices() AS [
    'NVIDIA A100 GPUs', 'a single RTX 4090', 'eight H100 GPUs', 'an NVIDIA Jetson Orin', 'AMD MI300X', 'CPUs'
];
CREATE MACRO settings() AS [
    'ImageNet', 'Llama 3.1 8B', 'WikiText-2', 'ShareGPT traces', 'long contexts', 'GSM8K', 'CIFAR-10'
];
CREATE MACRO subjects() AS [
    'The scheduler', 'Our analysis', 'A lightweight predictor', 'The second phase', 'Each worker', 'The compiler',
    'A learned policy', 'The memory manager', 'This formulation', 'The encoder', 'A small calibration set',
    'The resulting model', 'Earlier work', 'Every request', 'The proposed loss', 'Gradient traffic'
];
CREATE MACRO verbs() AS [
    'separates', 'rewrites', 'predicts', 'overlaps', 'reorders', 'compresses', 'replaces', 'shares', 'selects',
    'bounds', 'recomputes', 'balances', 'prunes', 'quantizes', 'aligns', 'streams'
];
CREATE MACRO objects() AS [
    'key-value blocks', 'activation outliers', 'the attention heads', 'long sequences', 'expert weights',
    'intermediate tensors', 'idle bandwidth', 'the sampling steps', 'token groups', 'its own placement',
    'sparse updates', 'the latent graph', 'queued prompts', 'adapter ranks', 'cold pages', 'candidate plans'
];
CREATE MACRO conditions() AS [
    'without any retraining', 'as soon as memory runs short', 'under strict deadlines',
    'across heterogeneous devices', 'at the granularity of a single layer', 'although workloads vary widely',
    'with provable guarantees', 'by following their measured cost', 'in the presence of noisy labels',
    'for models of any size', 'before the first token is produced', 'while accuracy is kept',
    'on commodity hardware', 'at almost no cost', 'when inputs are long', 'instead of relying on heuristics'
];

CREATE MACRO pick(texts, n) AS texts[1 + (n % len(texts))::INT];
CREATE MACRO dice(n, what) AS hash(what || n);                         -- of numbers alone, hash() is too regular
CREATE MACRO chance(n, what) AS (dice(n, what) >> 11) / pow(2.0, 53);  -- in [0, 1)
CREATE MACRO proper(rank) AS pick(firsts(), rank) || pick(seconds(), rank // 40)
    || CASE WHEN rank < 1600 THEN '' ELSE '-' || (1 + rank // 1600) END;
CREATE MACRO shared_name(n, what) AS  -- P(rank) ~ 1 / (rank + 20)
    proper(floor(pow((getvariable('shared') + 20) / 20.0, chance(n, what)) * 20 - 20)::BIGINT);
CREATE MACRO own_name(paper) AS proper(paper + getvariable('shared'));
CREATE MACRO key_of(name) AS replace(lower(name), '-', '');
CREATE MACRO identity(text) AS substr(sha256(text), 1, 20);
CREATE MACRO sentence(n) AS concat_ws(' ', pick(subjects(), n), pick(verbs(), n >> 8), pick(objects(), n >> 16),
    pick(conditions(), n >> 24)) || '.';

CREATE TEMP VIEW numbered_claim AS
SELECT paper, ordinal, paper * 10 + ordinal AS n
FROM (
    SELECT range AS paper, [0, 0, 1, 2, 3, 3, 4, 5, 6, 6][1 + (dice(range, 'claims') % 10)::INT] AS n_claims
    FROM range(getvariable('first'), getvariable('stop'))
), unnest(range(1, n_claims + 1)::INT[]) AS each(ordinal);

CREATE TEMP VIEW claim AS
SELECT paper, ordinal, n,
    CASE WHEN chance(n, 'method') < 0.02 THEN 'our approach'
         WHEN chance(n, 'method') < 0.2 THEN shared_name(n, 'rival')
         ELSE own_name(paper) END AS method,
    chance(n, 'baseline') < 0.55 AS generic,
    CASE WHEN chance(n, 'baseline') < 0.33 THEN NULL
         WHEN generic THEN pick(classes(), dice(n, 'class'))
         ELSE shared_name(n, 'name') END AS one,
    CASE WHEN chance(n, 'baseline') > 0.92 THEN shared_name(n, 'second') END AS other,
    one || coalesce(' and ' || other, '') AS baseline,
    CASE WHEN chance(n, 'hardware') < 0.3 THEN pick(devices(), dice(n, 'hardware')) END AS hardware,
    CASE WHEN chance(n, 'setting') < 0.5 THEN pick(settings(), dice(n, 'setting')) END AS setting,
    pick(metrics(), dice(n, 'metric')) AS metric,
    pick(families(), dice(n, 'metric')) AS metric_family,
    round(1 + 4 * pow(chance(n, 'factor'), 3), 2) AS factor,
    factor || 'x' AS improvement,
    'On our test bed ' || method || ' improves ' || metric || ' by ' AS before_number,
    before_number || improvement || coalesce(' over ' || baseline, '') || coalesce(' on ' || hardware, '') || '.'
        AS evidence
FROM numbered_claim;

-- Filled anew for each part.
CREATE TEMP TABLE this_claim AS FROM claim;

CREATE TEMP VIEW paper AS
SELECT paper, own_name(paper) || ': ' || lower(sentence(dice(paper, 'title'))) AS title,
    array_to_string([sentence(dice(paper, i || '.')) FOR i IN range(10)], ' ') AS filler,
    concat_ws(' ', filler, sentences) AS abstract,
    identity(lower(title || chr(10) || abstract)) AS paper_id,
    identity(concat_ws(chr(10), paper_id, getvariable('model'), getvariable('prompt'), getvariable('prompt_hash'),
        getvariable('schema_hash'))) AS extraction_id,
    DATE '2017-01-01' + (paper % 3500)::INT AS published,
    TIMESTAMP '2026-01-01' + INTERVAL (paper) SECOND AS finished_at,
    said, coalesce(n_claims, 0)::INT AS n_claims
FROM range(getvariable('first'), getvariable('stop')) AS range(paper)
LEFT JOIN (
    SELECT paper, string_agg(evidence, ' ' ORDER BY ordinal) AS sentences, count(*) AS n_claims,
        list({improvement: improvement, metric: metric, method: method, baseline: baseline} ORDER BY ordinal) AS said
    FROM this_claim GROUP BY paper
) USING (paper);

CREATE TEMP TABLE this_paper AS FROM paper;

-- What stands in the files of a part, in the order of the papers.

CREATE TEMP VIEW papers AS
SELECT paper_id, title, abstract, ['Ada Lovelace', 'Grace Hopper', 'et al.'] AS authors, 2::INT AS n_authors,
    'LG' AS subject, strftime(published, '%b %-d, %Y') AS date, published, NULL::INT AS upvotes,
    'p' || paper AS external_id, 'dump-' || paper // 10000 || '.jsonl' AS document, NULL::VARCHAR AS url, NULL::VARCHAR AS doi, NULL::VARCHAR AS arxiv_id
FROM this_paper ORDER BY paper;

CREATE TEMP VIEW sources AS
SELECT paper_id, 'dump-' || paper // 10000 || '.jsonl' AS document, (paper % 10000 + 1)::INT AS position
FROM this_paper ORDER BY paper;

CREATE TEMP VIEW extractions AS
SELECT extraction_id, paper_id, getvariable('model') AS model, getvariable('prompt') AS prompt,
    getvariable('prompt_hash') AS prompt_hash, getvariable('schema_hash') AS schema_hash,
    getvariable('run_id') AS run_id, 'ok' AS status,
    '{"claims":' || to_json(coalesce(said, [])) || '}' AS reply, NULL::VARCHAR AS error, 0.0004::DOUBLE AS cost,
    finished_at, n_claims, 0::INT AS n_dropped
FROM this_paper ORDER BY paper;

CREATE TEMP VIEW calls AS
SELECT extraction_id, getvariable('run_id') AS run_id, 1::INT AS ordinal, 'answer' AS purpose,
    finished_at AS started_at, 0.5 + paper % 100 / 100 AS latency, 200::INT AS http_status, 'stop' AS finish_reason,
    700 + paper % 300 AS prompt_tokens, 0::BIGINT AS cached_tokens, 50 + paper % 200 AS completion_tokens,
    NULL::VARCHAR AS error
FROM this_paper ORDER BY paper;

CREATE TEMP VIEW claims AS
SELECT extraction_id, ordinal, improvement, metric, 'increase' AS direction, 'better' AS effect, method, baseline,
    hardware, setting, evidence,
    (length(filler) + 1 + coalesce(sum(length(evidence) + 1) OVER earlier, 0) + length(before_number))::INT
        AS evidence_start,
    evidence_start + length(improvement)::INT AS evidence_end, 'ratio' AS quantity_kind,
    factor::DOUBLE AS quantity_low, factor::DOUBLE AS quantity_high, 'x' AS quantity_unit,
    NULL::VARCHAR AS quantity_bound, NULL::BOOLEAN AS quantity_descending, NULL::DOUBLE AS confidence,
    CASE WHEN metric_family <> 'accuracy' THEN factor::DOUBLE END AS factor_low, factor_low AS factor_high,
    metric_family,
    CASE WHEN method = 'our approach' THEN 'approach@' || paper_id ELSE key_of(method) END AS method_key,
    method = 'our approach' AS method_generic, key_of(baseline) AS baseline_key,
    one IS NOT NULL AND generic AS baseline_generic
FROM this_claim JOIN this_paper USING (paper)
WINDOW earlier AS (PARTITION BY paper ORDER BY ordinal ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
ORDER BY paper, ordinal;

CREATE TEMP VIEW claim_baselines AS
SELECT extraction_id, ordinal, name, key_of(name) AS key, generic
FROM (
    SELECT paper, ordinal, one AS name, generic FROM this_claim WHERE one IS NOT NULL
    UNION ALL SELECT paper, ordinal, other, false FROM this_claim WHERE other IS NOT NULL
) JOIN this_paper USING (paper)
ORDER BY paper, ordinal, name;
