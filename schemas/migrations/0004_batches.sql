-- Request files at a provider's batch API. A batch and the batches of its re-asks belong to the run that submitted it,
-- whose outcome is 'submitted' as long as any of its questions is open.
CREATE TABLE batches (
    batch INTEGER PRIMARY KEY,      -- its number for people, from 1
    run_id VARCHAR NOT NULL,
    base_url VARCHAR NOT NULL,      -- of the API, or file:// and a folder
    prompt_text VARCHAR NOT NULL,   -- the prompt's file may have changed by the time the answers come
    reasks INTEGER NOT NULL,        -- how often a faulty answer is sent back
    file_id VARCHAR NOT NULL,       -- the provider's id of the request file
    provider_id VARCHAR,            -- the provider's id of the batch; NULL while its creation is not confirmed
    status VARCHAR NOT NULL,        -- uploaded, then what the provider says: in_progress, completed, expired …
    error VARCHAR,
    requests INTEGER NOT NULL,
    submitted_at TIMESTAMP NOT NULL,
    collected_at TIMESTAMP          -- when its last answer was stored
);

-- The questions that have no final answer yet. A row goes when its extraction is stored and need not be asked again.
CREATE TABLE batch_requests (
    extraction_id VARCHAR NOT NULL, -- the custom_id of the request
    paper_id VARCHAR NOT NULL,
    batch INTEGER NOT NULL,         -- the batch that it is in, or was in last
    waiting BOOLEAN NOT NULL,       -- false: to be asked again in another batch
    sent INTEGER NOT NULL,          -- how many batches it was in
    exchanges VARCHAR NOT NULL      -- JSON: what came back so far, from which the next question follows
);
