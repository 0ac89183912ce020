CREATE TABLE "preview_passes" (
	"id" uuid PRIMARY KEY NOT NULL,
	"session_id" uuid NOT NULL,
	"workspace_id" uuid NOT NULL,
	"port" integer NOT NULL,
	"ticket_hash" text,
	"ticket_expires_at" timestamp with time zone NOT NULL,
	"cookie_hash" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "preview_passes_ticket_hash_unique" UNIQUE("ticket_hash"),
	CONSTRAINT "preview_passes_cookie_hash_unique" UNIQUE("cookie_hash")
);
--> statement-breakpoint
ALTER TABLE "preview_passes" ADD CONSTRAINT "preview_passes_session_id_sessions_id_fk" FOREIGN KEY ("session_id") REFERENCES "public"."sessions"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "preview_passes" ADD CONSTRAINT "preview_passes_workspace_id_workspaces_id_fk" FOREIGN KEY ("workspace_id") REFERENCES "public"."workspaces"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "preview_passes_session" ON "preview_passes" USING btree ("session_id");--> statement-breakpoint
CREATE INDEX "preview_passes_workspace" ON "preview_passes" USING btree ("workspace_id");