-- Days off in every week: words of, or about, a supporter, beside her announced absences.
ALTER TABLE absences ADD COLUMN weekly_off INTEGER CHECK (weekly_off BETWEEN 0 AND 127);
ALTER TABLE absences ADD COLUMN weekly_on INTEGER CHECK (weekly_on BETWEEN 0 AND 127);
