CREATE TABLE "egress_refusals" (
	"workspace_id" uuid NOT NULL,
	"host" text NOT NULL,
	"port" integer NOT NULL,
	"reason" text NOT NULL,
	"count" integer NOT NULL,
	"first_at" timestamp with time zone DEFAULT now() NOT NULL,
	"last_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "egress_refusals_workspace_id_host_port_pk" PRIMARY KEY("workspace_id","host","port")
);
--> statement-breakpoint
CREATE TABLE "private_destinations" (
	"id" uuid PRIMARY KEY NOT NULL,
	"host" text NOT NULL,
	"port" integer NOT NULL,
	"note" text,
	"added_by_id" uuid NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "batch_items" (
	"batch_id" uuid NOT NULL,
	"position" integer NOT NULL,
	"workspace_id" uuid NOT NULL,
	"workspace_name" text NOT NULL,
	"status" text NOT NULL,
	"reason" text,
	"task_id" uuid,
	"started_at" timestamp with time zone,
	"finished_at" timestamp with time zone,
	CONSTRAINT "batch_items_batch_id_position_pk" PRIMARY KEY("batch_id","position")
);
--> statement-breakpoint
CREATE TABLE "batches" (
	"id" uuid PRIMARY KEY NOT NULL,
	"action" text NOT NULL,
	"requested_by_id" uuid NOT NULL,
	"retry_of_id" uuid,
	"status" text NOT NULL,
	"status_reason" text,
	"status_since" timestamp with time zone DEFAULT now() NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"finished_at" timestamp with time zone,
	"change_seq" bigint DEFAULT 0 NOT NULL
);
--> statement-breakpoint
CREATE TABLE "checkpoints" (
	"id" uuid PRIMARY KEY NOT NULL,
	"workspace_id" uuid NOT NULL,
	"run_id" uuid,
	"cause" text NOT NULL,
	"ref" text NOT NULL,
	"commit" text NOT NULL,
	"changed_files" integer NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "engine_state" (
	"id" integer PRIMARY KEY DEFAULT 1 NOT NULL,
	"reachable" boolean NOT NULL,
	"reason" text,
	"since" timestamp with time zone DEFAULT now() NOT NULL,
	"last_answer_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "reconcile_reports" (
	"id" uuid PRIMARY KEY NOT NULL,
	"at" timestamp with time zone DEFAULT now() NOT NULL,
	"cause" text NOT NULL,
	"took_ms" integer NOT NULL,
	"engine_problem" text,
	"looked" jsonb NOT NULL,
	"differences" jsonb NOT NULL
);
--> statement-breakpoint
CREATE TABLE "removed_workspaces" (
	"id" uuid PRIMARY KEY NOT NULL,
	"workspace_id" uuid NOT NULL,
	"owner_id" uuid NOT NULL,
	"name" text NOT NULL,
	"repository_url" text NOT NULL,
	"branch" text,
	"settings" jsonb NOT NULL,
	"kind" text NOT NULL,
	"bytes" bigint NOT NULL,
	"removed_at" timestamp with time zone DEFAULT now() NOT NULL,
	"kept_until" timestamp with time zone NOT NULL,
	"restored_as_id" uuid,
	CONSTRAINT "removed_workspaces_workspace_id_unique" UNIQUE("workspace_id")
);
--> statement-breakpoint
CREATE TABLE "task_attempts" (
	"task_id" uuid NOT NULL,
	"number" integer NOT NULL,
	"worker" text NOT NULL,
	"started_at" timestamp with time zone DEFAULT now() NOT NULL,
	"ended_at" timestamp with time zone,
	"outcome" text NOT NULL,
	"error_class" text,
	"message" text,
	CONSTRAINT "task_attempts_task_id_number_pk" PRIMARY KEY("task_id","number")
);
--> statement-breakpoint
CREATE TABLE "tasks" (
	"id" uuid PRIMARY KEY NOT NULL,
	"workspace_id" uuid NOT NULL,
	"workspace_name" text NOT NULL,
	"owner_id" uuid NOT NULL,
	"kind" text NOT NULL,
	"cause" text NOT NULL,
	"requested_by_id" uuid,
	"batch_id" uuid,
	"fence" integer NOT NULL,
	"priority" integer NOT NULL,
	"max_attempts" integer NOT NULL,
	"status" text NOT NULL,
	"status_reason" text,
	"status_since" timestamp with time zone DEFAULT now() NOT NULL,
	"retry_at" timestamp with time zone,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"finished_at" timestamp with time zone,
	"change_seq" bigint DEFAULT 0 NOT NULL
);
--> statement-breakpoint
CREATE TABLE "templates" (
	"id" uuid PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"description" text DEFAULT '' NOT NULL,
	"memory_bytes" bigint NOT NULL,
	"cpus" double precision NOT NULL,
	"pids" integer NOT NULL,
	"disk_bytes" bigint,
	"image" text,
	"egress_level" text NOT NULL,
	"egress_hosts" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"recovery_max_retries" integer NOT NULL,
	"recovery_backoff_seconds" integer NOT NULL,
	"recovery_fallback" text NOT NULL,
	"setup_script" text,
	"idle_stop_minutes" integer,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "templates_name_unique" UNIQUE("name")
);
--> statement-breakpoint
CREATE TABLE "workspace_metrics" (
	"workspace_id" uuid NOT NULL,
	"at" timestamp with time zone NOT NULL,
	"cpus" double precision NOT NULL,
	"memory_bytes" bigint NOT NULL,
	"memory_limit_bytes" bigint NOT NULL,
	"pids" integer NOT NULL,
	"network_received_bytes" bigint NOT NULL,
	"network_sent_bytes" bigint NOT NULL,
	"disk_bytes" bigint
);
--> statement-breakpoint
ALTER TABLE "runs" ADD COLUMN "resumes_run_id" uuid;--> statement-breakpoint
ALTER TABLE "workspaces" ADD COLUMN "extra_repositories" jsonb DEFAULT '[]'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "workspaces" ADD COLUMN "setup_script" text;--> statement-breakpoint
ALTER TABLE "workspaces" ADD COLUMN "from_removed_id" uuid;--> statement-breakpoint
ALTER TABLE "workspaces" ADD COLUMN "runtime" text;--> statement-breakpoint
ALTER TABLE "workspaces" ADD COLUMN "disk_bytes" bigint;--> statement-breakpoint
ALTER TABLE "workspaces" ADD COLUMN "egress_level" text DEFAULT 'open' NOT NULL;--> statement-breakpoint
ALTER TABLE "workspaces" ADD COLUMN "egress_hosts" jsonb DEFAULT '[]'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "workspaces" ADD COLUMN "desired" text DEFAULT 'running' NOT NULL;--> statement-breakpoint
ALTER TABLE "workspaces" ADD COLUMN "container_status" text;--> statement-breakpoint
ALTER TABLE "workspaces" ADD COLUMN "container_started_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "workspaces" ADD COLUMN "container_image" text;--> statement-breakpoint
ALTER TABLE "workspaces" ADD COLUMN "container_egress_level" text;--> statement-breakpoint
ALTER TABLE "workspaces" ADD COLUMN "subnet" text;--> statement-breakpoint
ALTER TABLE "workspaces" ADD COLUMN "last_error" text;--> statement-breakpoint
ALTER TABLE "workspaces" ADD COLUMN "last_error_class" text;--> statement-breakpoint
ALTER TABLE "workspaces" ADD COLUMN "last_error_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "workspaces" ADD COLUMN "recovery_max_retries" integer DEFAULT 3 NOT NULL;--> statement-breakpoint
ALTER TABLE "workspaces" ADD COLUMN "recovery_backoff_seconds" integer DEFAULT 5 NOT NULL;--> statement-breakpoint
ALTER TABLE "workspaces" ADD COLUMN "recovery_fallback" text DEFAULT 'stop' NOT NULL;--> statement-breakpoint
ALTER TABLE "workspaces" ADD COLUMN "recovery_attempts" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "workspaces" ADD COLUMN "recovery_next_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "workspaces" ADD COLUMN "idle_stop_minutes" integer;--> statement-breakpoint
ALTER TABLE "workspaces" ADD COLUMN "last_used_at" timestamp with time zone DEFAULT now() NOT NULL;--> statement-breakpoint
ALTER TABLE "workspaces" ADD COLUMN "setup_done_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "workspaces" ADD COLUMN "archived_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "egress_refusals" ADD CONSTRAINT "egress_refusals_workspace_id_workspaces_id_fk" FOREIGN KEY ("workspace_id") REFERENCES "public"."workspaces"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "private_destinations" ADD CONSTRAINT "private_destinations_added_by_id_users_id_fk" FOREIGN KEY ("added_by_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "batch_items" ADD CONSTRAINT "batch_items_batch_id_batches_id_fk" FOREIGN KEY ("batch_id") REFERENCES "public"."batches"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "batches" ADD CONSTRAINT "batches_requested_by_id_users_id_fk" FOREIGN KEY ("requested_by_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "checkpoints" ADD CONSTRAINT "checkpoints_workspace_id_workspaces_id_fk" FOREIGN KEY ("workspace_id") REFERENCES "public"."workspaces"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "removed_workspaces" ADD CONSTRAINT "removed_workspaces_owner_id_users_id_fk" FOREIGN KEY ("owner_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "task_attempts" ADD CONSTRAINT "task_attempts_task_id_tasks_id_fk" FOREIGN KEY ("task_id") REFERENCES "public"."tasks"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "tasks" ADD CONSTRAINT "tasks_owner_id_users_id_fk" FOREIGN KEY ("owner_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "tasks" ADD CONSTRAINT "tasks_requested_by_id_users_id_fk" FOREIGN KEY ("requested_by_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "workspace_metrics" ADD CONSTRAINT "workspace_metrics_workspace_id_workspaces_id_fk" FOREIGN KEY ("workspace_id") REFERENCES "public"."workspaces"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "private_destinations_host_port" ON "private_destinations" USING btree ("host","port");--> statement-breakpoint
CREATE INDEX "batch_items_task_id" ON "batch_items" USING btree ("task_id");--> statement-breakpoint
CREATE INDEX "batches_change_seq" ON "batches" USING btree ("change_seq");--> statement-breakpoint
CREATE INDEX "batches_requested_by_id" ON "batches" USING btree ("requested_by_id");--> statement-breakpoint
CREATE INDEX "checkpoints_workspace_id" ON "checkpoints" USING btree ("workspace_id");--> statement-breakpoint
CREATE INDEX "reconcile_reports_at" ON "reconcile_reports" USING btree ("at");--> statement-breakpoint
CREATE INDEX "tasks_workspace_id" ON "tasks" USING btree ("workspace_id","created_at");--> statement-breakpoint
CREATE INDEX "tasks_status" ON "tasks" USING btree ("status");--> statement-breakpoint
CREATE INDEX "tasks_change_seq" ON "tasks" USING btree ("change_seq");--> statement-breakpoint
CREATE INDEX "tasks_batch_id" ON "tasks" USING btree ("batch_id");--> statement-breakpoint
CREATE INDEX "workspace_metrics_workspace_at" ON "workspace_metrics" USING btree ("workspace_id","at");--> statement-breakpoint
CREATE INDEX "workspace_metrics_at" ON "workspace_metrics" USING btree ("at");--> statement-breakpoint
CREATE INDEX "workspaces_recovery_next_at" ON "workspaces" USING btree ("recovery_next_at") WHERE recovery_next_at is not null;