-- How sure the model was of each claim, from 0 to 1; NULL where it did not say.
ALTER TABLE claims ADD COLUMN confidence DOUBLE;
