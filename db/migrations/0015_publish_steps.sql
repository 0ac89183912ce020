CREATE TABLE "publish_steps" (
	"first_run_id" uuid PRIMARY KEY NOT NULL,
	"id" uuid NOT NULL,
	"run_id" uuid NOT NULL,
	"started_by_id" uuid NOT NULL,
	"step" text NOT NULL,
	"progress" text,
	"started_at" timestamp with time zone DEFAULT now() NOT NULL,
	"lease_until" timestamp with time zone NOT NULL,
	"ended_at" timestamp with time zone,
	"conflict" jsonb
);
--> statement-breakpoint
CREATE TABLE "pull_request_looks" (
	"pull_request_id" uuid PRIMARY KEY NOT NULL,
	"at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
ALTER TABLE "github_connections" ADD COLUMN "public_name" text;--> statement-breakpoint
ALTER TABLE "github_connections" ADD COLUMN "public_email" text;--> statement-breakpoint
ALTER TABLE "publish_steps" ADD CONSTRAINT "publish_steps_first_run_id_runs_id_fk" FOREIGN KEY ("first_run_id") REFERENCES "public"."runs"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "publish_steps" ADD CONSTRAINT "publish_steps_run_id_runs_id_fk" FOREIGN KEY ("run_id") REFERENCES "public"."runs"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "publish_steps" ADD CONSTRAINT "publish_steps_started_by_id_users_id_fk" FOREIGN KEY ("started_by_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "pull_request_looks" ADD CONSTRAINT "pull_request_looks_pull_request_id_pull_requests_id_fk" FOREIGN KEY ("pull_request_id") REFERENCES "public"."pull_requests"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "publish_steps_lease_until" ON "publish_steps" USING btree ("lease_until");
--> statement-breakpoint
CREATE TRIGGER "publish_steps_touch_run" AFTER INSERT OR UPDATE OF "id", "progress", "ended_at" ON "publish_steps" FOR EACH ROW EXECUTE FUNCTION "touch_run"();
