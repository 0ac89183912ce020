CREATE TABLE "github_consents" (
	"session_id" uuid PRIMARY KEY NOT NULL,
	"state_hash" text NOT NULL,
	"sealed_verifier" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "github_consents" ADD CONSTRAINT "github_consents_session_id_sessions_id_fk" FOREIGN KEY ("session_id") REFERENCES "public"."sessions"("id") ON DELETE cascade ON UPDATE no action;