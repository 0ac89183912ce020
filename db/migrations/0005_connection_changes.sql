-- News of connections, logins and alerts reach the pages the way workspaces and runs do.
CREATE TRIGGER "github_connections_stamp_change" BEFORE INSERT OR UPDATE ON "github_connections" FOR EACH ROW EXECUTE FUNCTION "stamp_change"();
--> statement-breakpoint
CREATE TRIGGER "claude_connections_stamp_change" BEFORE INSERT OR UPDATE ON "claude_connections" FOR EACH ROW EXECUTE FUNCTION "stamp_change"();
--> statement-breakpoint
CREATE TRIGGER "claude_logins_stamp_change" BEFORE INSERT OR UPDATE ON "claude_logins" FOR EACH ROW EXECUTE FUNCTION "stamp_change"();
--> statement-breakpoint
CREATE TRIGGER "alerts_stamp_change" BEFORE INSERT OR UPDATE ON "alerts" FOR EACH ROW EXECUTE FUNCTION "stamp_change"();
--> statement-breakpoint
CREATE TRIGGER "github_connections_notify_delete" AFTER DELETE ON "github_connections" FOR EACH ROW EXECUTE FUNCTION "notify_change"();
--> statement-breakpoint
CREATE TRIGGER "claude_connections_notify_delete" AFTER DELETE ON "claude_connections" FOR EACH ROW EXECUTE FUNCTION "notify_change"();
--> statement-breakpoint
-- The record of who did what is only ever added to; a later clean-up by age says so for its own transaction.
CREATE FUNCTION "refuse_audit_change"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' AND current_setting('anyon.audit_retention', true) = 'on' THEN RETURN OLD; END IF;
  RAISE EXCEPTION 'audit_events is only ever added to';
END $$;
--> statement-breakpoint
CREATE TRIGGER "audit_events_append_only" BEFORE UPDATE OR DELETE ON "audit_events" FOR EACH ROW EXECUTE FUNCTION "refuse_audit_change"();
