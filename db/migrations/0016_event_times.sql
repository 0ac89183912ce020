-- Rows that are there already keep no time: when they were stored nobody noted.
ALTER TABLE "run_events" ADD COLUMN "stored_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "run_events" ALTER COLUMN "stored_at" SET DEFAULT now();
