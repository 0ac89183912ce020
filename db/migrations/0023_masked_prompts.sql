ALTER TABLE "runs" ADD COLUMN "prompt_masked" boolean DEFAULT false NOT NULL;--> statement-breakpoint
UPDATE "runs" SET "prompt_masked" = true WHERE "sealed_prompt" IS NOT NULL;
