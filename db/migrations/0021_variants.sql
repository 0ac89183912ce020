CREATE TABLE "run_variants" (
	"run_id" uuid PRIMARY KEY NOT NULL,
	"group_id" uuid NOT NULL,
	"position" integer NOT NULL,
	"claude_session_id" uuid NOT NULL,
	"archived_at" timestamp with time zone,
	"archived_by_id" uuid,
	"worktree" text DEFAULT 'there' NOT NULL,
	"kept_commit" text,
	"worktree_problem" text,
	"check_state" text,
	"check_since" timestamp with time zone DEFAULT now() NOT NULL,
	"check_run_id" uuid,
	"check_attempt" integer DEFAULT 0 NOT NULL,
	"check_lost" integer DEFAULT 0 NOT NULL,
	"check_started_at" timestamp with time zone,
	"check_ms" integer,
	"check_exit_code" integer,
	"check_reason" text,
	"check_output" text
);
--> statement-breakpoint
CREATE TABLE "variant_groups" (
	"id" uuid PRIMARY KEY NOT NULL,
	"workspace_id" uuid NOT NULL,
	"created_by_id" uuid NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"check_command" text,
	"check_minutes" integer NOT NULL,
	"chosen_run_id" uuid,
	"chosen_at" timestamp with time zone,
	"chosen_by_id" uuid
);
--> statement-breakpoint
ALTER TABLE "run_variants" ADD CONSTRAINT "run_variants_run_id_runs_id_fk" FOREIGN KEY ("run_id") REFERENCES "public"."runs"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "run_variants" ADD CONSTRAINT "run_variants_group_id_variant_groups_id_fk" FOREIGN KEY ("group_id") REFERENCES "public"."variant_groups"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "run_variants" ADD CONSTRAINT "run_variants_archived_by_id_users_id_fk" FOREIGN KEY ("archived_by_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "run_variants" ADD CONSTRAINT "run_variants_check_run_id_runs_id_fk" FOREIGN KEY ("check_run_id") REFERENCES "public"."runs"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "variant_groups" ADD CONSTRAINT "variant_groups_workspace_id_workspaces_id_fk" FOREIGN KEY ("workspace_id") REFERENCES "public"."workspaces"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "variant_groups" ADD CONSTRAINT "variant_groups_created_by_id_users_id_fk" FOREIGN KEY ("created_by_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "variant_groups" ADD CONSTRAINT "variant_groups_chosen_run_id_runs_id_fk" FOREIGN KEY ("chosen_run_id") REFERENCES "public"."runs"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "variant_groups" ADD CONSTRAINT "variant_groups_chosen_by_id_users_id_fk" FOREIGN KEY ("chosen_by_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "run_variants_position" ON "run_variants" USING btree ("group_id","position");--> statement-breakpoint
CREATE UNIQUE INDEX "run_variants_session" ON "run_variants" USING btree ("claude_session_id");--> statement-breakpoint
CREATE INDEX "variant_groups_workspace" ON "variant_groups" USING btree ("workspace_id");--> statement-breakpoint
CREATE TRIGGER "run_variants_touch_run" AFTER INSERT OR UPDATE OR DELETE ON "run_variants" FOR EACH ROW EXECUTE FUNCTION "touch_run"();
