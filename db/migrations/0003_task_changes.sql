-- What was stopped before there was a wish for each workspace is meant to stay so.
UPDATE "workspaces" SET "desired" = 'stopped' WHERE "status" IN ('stopped', 'archived', 'deleting');
--> statement-breakpoint
-- Tasks and batches reach the pages the way workspaces and runs do: each change is numbered and wakes the listeners.
CREATE TRIGGER "tasks_stamp_change" BEFORE INSERT OR UPDATE ON "tasks" FOR EACH ROW EXECUTE FUNCTION "stamp_change"();
--> statement-breakpoint
CREATE TRIGGER "batches_stamp_change" BEFORE INSERT OR UPDATE ON "batches" FOR EACH ROW EXECUTE FUNCTION "stamp_change"();
--> statement-breakpoint
-- An item's news are news of its batch, an attempt's of its task, a checkpoint's of its workspace.
CREATE FUNCTION "touch_batch"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE "batches" SET "change_seq" = 0 WHERE "id" = NEW.batch_id;
  RETURN NEW;
END $$;
--> statement-breakpoint
CREATE TRIGGER "batch_items_touch_batch" AFTER UPDATE ON "batch_items" FOR EACH ROW EXECUTE FUNCTION "touch_batch"();
--> statement-breakpoint
CREATE FUNCTION "touch_workspace"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE "workspaces" SET "change_seq" = 0 WHERE "id" = NEW.workspace_id;
  RETURN NEW;
END $$;
--> statement-breakpoint
CREATE TRIGGER "checkpoints_touch_workspace" AFTER INSERT ON "checkpoints" FOR EACH ROW EXECUTE FUNCTION "touch_workspace"();
--> statement-breakpoint
-- New readings wake whoever shows them, on a channel of their own: they come every few seconds and change no row of a workspace.
CREATE FUNCTION "notify_metrics"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('anyon_metrics', '');
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE TRIGGER "workspace_metrics_notify" AFTER INSERT ON "workspace_metrics" FOR EACH STATEMENT EXECUTE FUNCTION "notify_metrics"();
--> statement-breakpoint
-- What workspaces may reach has changed: the egress proxy reads it again.
CREATE FUNCTION "notify_egress"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('anyon_egress', '');
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE TRIGGER "private_destinations_notify" AFTER INSERT OR UPDATE OR DELETE ON "private_destinations" FOR EACH STATEMENT EXECUTE FUNCTION "notify_egress"();
--> statement-breakpoint
CREATE TRIGGER "workspaces_notify_egress" AFTER UPDATE OF "egress_level", "egress_hosts", "subnet", "repository_url", "extra_repositories" ON "workspaces" FOR EACH ROW EXECUTE FUNCTION "notify_egress"();
