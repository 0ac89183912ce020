-- What belongs to a run has no number of its own: a change of it is a change of the run, and reaches the pages as one.
CREATE FUNCTION "touch_run"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE runs SET change_seq = change_seq WHERE id = COALESCE(NEW.run_id, OLD.run_id);
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE TRIGGER "follow_ups_touch_run" AFTER INSERT OR UPDATE OR DELETE ON "follow_ups" FOR EACH ROW EXECUTE FUNCTION "touch_run"();
--> statement-breakpoint
CREATE TRIGGER "run_questions_touch_run" AFTER INSERT OR UPDATE OR DELETE ON "run_questions" FOR EACH ROW EXECUTE FUNCTION "touch_run"();
--> statement-breakpoint
CREATE TRIGGER "run_notices_touch_run" AFTER INSERT OR UPDATE OR DELETE ON "run_notices" FOR EACH ROW EXECUTE FUNCTION "touch_run"();
--> statement-breakpoint
CREATE TRIGGER "review_comments_touch_run" AFTER INSERT OR UPDATE OR DELETE ON "review_comments" FOR EACH ROW EXECUTE FUNCTION "touch_run"();
--> statement-breakpoint
CREATE TRIGGER "pushes_touch_run" AFTER INSERT OR UPDATE OR DELETE ON "pushes" FOR EACH ROW EXECUTE FUNCTION "touch_run"();
--> statement-breakpoint
CREATE TRIGGER "pull_requests_touch_run" AFTER INSERT OR UPDATE OR DELETE ON "pull_requests" FOR EACH ROW EXECUTE FUNCTION "touch_run"();
--> statement-breakpoint
-- Terminals are closed, never deleted by themselves.
CREATE TRIGGER "terminals_touch_workspace" AFTER INSERT OR UPDATE ON "terminals" FOR EACH ROW EXECUTE FUNCTION "touch_workspace"();
