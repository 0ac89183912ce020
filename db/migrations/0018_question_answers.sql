ALTER TABLE "run_questions" ADD COLUMN "sealed_answer" text;--> statement-breakpoint
ALTER TABLE "run_questions" ADD COLUMN "ended_because" text;