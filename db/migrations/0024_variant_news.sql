CREATE INDEX "runs_claude_session" ON "runs" USING btree ("claude_session_id");--> statement-breakpoint
-- A change of a variant is a change of every run of its conversation, and reaches the pages as one.
DROP TRIGGER "run_variants_touch_run" ON "run_variants";
--> statement-breakpoint
CREATE FUNCTION "touch_conversation"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE runs SET change_seq = change_seq WHERE claude_session_id = COALESCE(NEW.claude_session_id, OLD.claude_session_id);
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE TRIGGER "run_variants_touch_conversation" AFTER INSERT OR UPDATE OR DELETE ON "run_variants" FOR EACH ROW EXECUTE FUNCTION "touch_conversation"();
