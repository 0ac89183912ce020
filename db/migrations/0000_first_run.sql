CREATE TABLE "run_events" (
	"run_id" uuid NOT NULL,
	"stream" text NOT NULL,
	"offset" bigint NOT NULL,
	"kind" text NOT NULL,
	"subtype" text,
	"at" timestamp with time zone,
	"payload" text,
	"truncated" boolean NOT NULL,
	"bytes" bigint NOT NULL,
	CONSTRAINT "run_events_run_id_stream_offset_pk" PRIMARY KEY("run_id","stream","offset")
);
--> statement-breakpoint
CREATE TABLE "runs" (
	"id" uuid PRIMARY KEY NOT NULL,
	"workspace_id" uuid NOT NULL,
	"started_by_id" uuid NOT NULL,
	"number" integer NOT NULL,
	"prompt" text NOT NULL,
	"model" text,
	"simulated" boolean NOT NULL,
	"branch" text NOT NULL,
	"base_commit" text,
	"claude_session_id" uuid NOT NULL,
	"status" text NOT NULL,
	"status_reason" text,
	"status_since" timestamp with time zone DEFAULT now() NOT NULL,
	"fence" integer DEFAULT 0 NOT NULL,
	"stop_requested_at" timestamp with time zone,
	"stop_requested_by_id" uuid,
	"container_id" text,
	"exit_code" integer,
	"exit_signal" text,
	"out_of_memory" boolean DEFAULT false NOT NULL,
	"out_bytes" bigint DEFAULT 0 NOT NULL,
	"err_bytes" bigint DEFAULT 0 NOT NULL,
	"log_tampered" boolean DEFAULT false NOT NULL,
	"parsed_up_to" bigint DEFAULT 0 NOT NULL,
	"input_tokens" bigint DEFAULT 0 NOT NULL,
	"output_tokens" bigint DEFAULT 0 NOT NULL,
	"cache_read_tokens" bigint DEFAULT 0 NOT NULL,
	"cache_write_tokens" bigint DEFAULT 0 NOT NULL,
	"cost_usd" double precision,
	"turns" integer,
	"result_text" text,
	"changed_files" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"diff_truncated" boolean DEFAULT false NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"started_at" timestamp with time zone,
	"first_output_at" timestamp with time zone,
	"finished_at" timestamp with time zone,
	"change_seq" bigint DEFAULT 0 NOT NULL
);
--> statement-breakpoint
CREATE TABLE "sessions" (
	"id" uuid PRIMARY KEY NOT NULL,
	"user_id" uuid NOT NULL,
	"via" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp with time zone NOT NULL,
	"revoked_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "setup_tokens" (
	"hash" text PRIMARY KEY NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp with time zone NOT NULL,
	"used_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "users" (
	"id" uuid PRIMARY KEY NOT NULL,
	"github_id" bigint,
	"login" text NOT NULL,
	"name" text,
	"avatar_url" text,
	"role" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"disabled_at" timestamp with time zone,
	CONSTRAINT "users_github_id_unique" UNIQUE("github_id")
);
--> statement-breakpoint
CREATE TABLE "workspaces" (
	"id" uuid PRIMARY KEY NOT NULL,
	"owner_id" uuid NOT NULL,
	"name" text NOT NULL,
	"repository_url" text NOT NULL,
	"branch" text,
	"image" text NOT NULL,
	"memory_bytes" bigint NOT NULL,
	"cpus" double precision NOT NULL,
	"pids" integer NOT NULL,
	"status" text NOT NULL,
	"status_reason" text,
	"status_since" timestamp with time zone DEFAULT now() NOT NULL,
	"steps" jsonb NOT NULL,
	"container_id" text,
	"cloned_at" timestamp with time zone,
	"fence" integer DEFAULT 0 NOT NULL,
	"next_run_number" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"change_seq" bigint DEFAULT 0 NOT NULL
);
--> statement-breakpoint
ALTER TABLE "run_events" ADD CONSTRAINT "run_events_run_id_runs_id_fk" FOREIGN KEY ("run_id") REFERENCES "public"."runs"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "runs" ADD CONSTRAINT "runs_workspace_id_workspaces_id_fk" FOREIGN KEY ("workspace_id") REFERENCES "public"."workspaces"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "runs" ADD CONSTRAINT "runs_started_by_id_users_id_fk" FOREIGN KEY ("started_by_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "runs" ADD CONSTRAINT "runs_stop_requested_by_id_users_id_fk" FOREIGN KEY ("stop_requested_by_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "sessions" ADD CONSTRAINT "sessions_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "workspaces" ADD CONSTRAINT "workspaces_owner_id_users_id_fk" FOREIGN KEY ("owner_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "runs_workspace_number" ON "runs" USING btree ("workspace_id","number");--> statement-breakpoint
CREATE INDEX "runs_status" ON "runs" USING btree ("status");--> statement-breakpoint
CREATE INDEX "runs_change_seq" ON "runs" USING btree ("change_seq");--> statement-breakpoint
CREATE INDEX "sessions_user_id" ON "sessions" USING btree ("user_id");--> statement-breakpoint
CREATE INDEX "workspaces_owner_id" ON "workspaces" USING btree ("owner_id");--> statement-breakpoint
CREATE INDEX "workspaces_change_seq" ON "workspaces" USING btree ("change_seq");