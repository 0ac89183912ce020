-- How far a run's lines are stored is no news: no page shows it, and a run that writes moves it many times a second. Each of these
-- had every tab that shows the run ask for it again.
DROP TRIGGER "runs_stamp_change" ON "runs";
--> statement-breakpoint
CREATE TRIGGER "runs_stamp_change" BEFORE INSERT ON "runs" FOR EACH ROW EXECUTE FUNCTION "stamp_change"();
--> statement-breakpoint
CREATE TRIGGER "runs_stamp_shown_change" BEFORE UPDATE ON "runs" FOR EACH ROW
  WHEN (OLD.parsed_up_to = NEW.parsed_up_to OR OLD.status <> NEW.status OR OLD.model IS DISTINCT FROM NEW.model OR OLD.last_said IS DISTINCT FROM NEW.last_said)
  EXECUTE FUNCTION "stamp_change"();
