-- The last deadline after the first of which the office heard that it passed, too; NULL: none. Whoever was told before is
-- looked at once more.
ALTER TABLE daily_reports ADD COLUMN overdue_at INTEGER;
UPDATE daily_reports SET step_at = told_at WHERE state = 'waiting' AND told_at IS NOT NULL;
