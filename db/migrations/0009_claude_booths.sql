CREATE TABLE "claude_booths" (
	"id" uuid PRIMARY KEY NOT NULL,
	"user_id" uuid NOT NULL,
	"purpose" text NOT NULL,
	"destinations" jsonb NOT NULL,
	"subnet" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "claude_booths" ADD CONSTRAINT "claude_booths_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "claude_booths_created_at" ON "claude_booths" USING btree ("created_at");--> statement-breakpoint
CREATE UNIQUE INDEX "claude_logins_one_live" ON "claude_logins" USING btree ("user_id") WHERE finished_at is null;--> statement-breakpoint
CREATE TRIGGER "claude_booths_notify_egress" AFTER INSERT OR UPDATE OR DELETE ON "claude_booths" FOR EACH STATEMENT EXECUTE FUNCTION "notify_egress"();
--> statement-breakpoint
-- Where a person's account answers is open to their workspaces, and to those in which they have started a run.
CREATE TRIGGER "claude_connections_notify_egress" AFTER INSERT OR DELETE OR UPDATE OF "method", "base_url", "region" ON "claude_connections" FOR EACH STATEMENT EXECUTE FUNCTION "notify_egress"();
--> statement-breakpoint
CREATE FUNCTION "notify_egress_of_guest"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.started_by_id IS DISTINCT FROM (SELECT owner_id FROM workspaces WHERE id = NEW.workspace_id) THEN PERFORM pg_notify('anyon_egress', ''); END IF;
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE TRIGGER "runs_notify_egress_of_guest" AFTER INSERT ON "runs" FOR EACH ROW EXECUTE FUNCTION "notify_egress_of_guest"();
