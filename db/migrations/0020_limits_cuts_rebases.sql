ALTER TABLE "publish_steps" ADD COLUMN "push" jsonb;--> statement-breakpoint
ALTER TABLE "publish_steps" ADD COLUMN "problem" text;--> statement-breakpoint
ALTER TABLE "runs" ADD COLUMN "limit_reached" text;--> statement-breakpoint
ALTER TABLE "runs" ADD COLUMN "rebased_onto" text;--> statement-breakpoint
ALTER TABLE "run_questions" ADD COLUMN "is_cut" boolean DEFAULT false NOT NULL;