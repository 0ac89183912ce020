CREATE TABLE "retention_rounds" (
	"id" uuid PRIMARY KEY NOT NULL,
	"at" timestamp with time zone DEFAULT now() NOT NULL,
	"kind" text NOT NULL,
	"items" integer NOT NULL,
	"bytes" bigint NOT NULL,
	"because" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "retention_rules" (
	"kind" text PRIMARY KEY NOT NULL,
	"keep_days" integer,
	"max_bytes" bigint,
	"holds_until" timestamp with time zone NOT NULL,
	"changed_at" timestamp with time zone,
	"changed_by_id" uuid
);
--> statement-breakpoint
CREATE TABLE "retention_state" (
	"id" integer PRIMARY KEY DEFAULT 1 NOT NULL,
	"last_round_at" timestamp with time zone,
	"asked_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "retention_unfinished" (
	"run_id" uuid NOT NULL,
	"kind" text NOT NULL,
	CONSTRAINT "retention_unfinished_run_id_kind_pk" PRIMARY KEY("run_id","kind")
);
--> statement-breakpoint
CREATE TABLE "worktree_places" (
	"first_run_id" uuid PRIMARY KEY NOT NULL,
	"claude_session_id" uuid NOT NULL,
	"bytes" bigint NOT NULL,
	"measured_at" timestamp with time zone NOT NULL,
	"state" text DEFAULT 'there' NOT NULL,
	"state_since" timestamp with time zone DEFAULT now() NOT NULL,
	"because" text,
	"kept_commit" text,
	"problem" text,
	"problem_at" timestamp with time zone
);
--> statement-breakpoint
ALTER TABLE "runs" ADD COLUMN "kept_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "runs" ADD COLUMN "log_removed_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "runs" ADD COLUMN "log_removed_because" text;--> statement-breakpoint
ALTER TABLE "runs" ADD COLUMN "details_removed_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "runs" ADD COLUMN "details_removed_because" text;--> statement-breakpoint
ALTER TABLE "retention_rules" ADD CONSTRAINT "retention_rules_changed_by_id_users_id_fk" FOREIGN KEY ("changed_by_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "retention_unfinished" ADD CONSTRAINT "retention_unfinished_run_id_runs_id_fk" FOREIGN KEY ("run_id") REFERENCES "public"."runs"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "worktree_places" ADD CONSTRAINT "worktree_places_first_run_id_runs_id_fk" FOREIGN KEY ("first_run_id") REFERENCES "public"."runs"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "retention_rounds_at" ON "retention_rounds" USING btree ("at");--> statement-breakpoint
CREATE INDEX "worktree_places_session" ON "worktree_places" USING btree ("claude_session_id");--> statement-breakpoint
CREATE INDEX "worktree_places_state" ON "worktree_places" USING btree ("state");--> statement-breakpoint
-- Files that go away or come back are news for every run of the conversation; that they were measured is none.
CREATE TRIGGER "worktree_places_touch_conversation" AFTER UPDATE OF "state", "problem" ON "worktree_places" FOR EACH ROW EXECUTE FUNCTION "touch_conversation"();
