ALTER TABLE "sessions" ADD COLUMN "token_scopes" jsonb;--> statement-breakpoint
ALTER TABLE "sessions" ADD COLUMN "token_expires_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "users" ADD COLUMN "admitted_organisation_id" bigint;