-- Every change of a row that a page shows gets the next number of one sequence and wakes the listeners. The notification
-- carries no data (it is coalesced per transaction); listeners read what changed by number.
CREATE SEQUENCE "change_seq";
--> statement-breakpoint
CREATE FUNCTION "stamp_change"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.change_seq := nextval('change_seq');
  PERFORM pg_notify('anyon_changed', '');
  RETURN NEW;
END $$;
--> statement-breakpoint
CREATE TRIGGER "workspaces_stamp_change" BEFORE INSERT OR UPDATE ON "workspaces" FOR EACH ROW EXECUTE FUNCTION "stamp_change"();
--> statement-breakpoint
CREATE TRIGGER "runs_stamp_change" BEFORE INSERT OR UPDATE ON "runs" FOR EACH ROW EXECUTE FUNCTION "stamp_change"();
--> statement-breakpoint
CREATE FUNCTION "notify_change"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('anyon_changed', '');
  RETURN OLD;
END $$;
--> statement-breakpoint
CREATE TRIGGER "workspaces_notify_delete" AFTER DELETE ON "workspaces" FOR EACH ROW EXECUTE FUNCTION "notify_change"();
